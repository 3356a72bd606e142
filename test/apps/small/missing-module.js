// Requires what is not installed.
require('not-installed-anywhere');
