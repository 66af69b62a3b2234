"""Programs that read what strangers sent, each a folder. They import nothing of ours."""
