// Never listens, and never ends.
setInterval(() => {}, 1_000);
