"""What has to hold before a version is released; a command of the project, part of no package."""
