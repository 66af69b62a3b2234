"""Programs that read untrusted files, one folder each. They import none of our packages."""
