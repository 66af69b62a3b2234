"""Programs that read untrusted files, one folder for each. They import none of our packages."""
