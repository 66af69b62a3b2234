"""Programs that read untrusted files, each in a folder. They import nothing of ours."""
