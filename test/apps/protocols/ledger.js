// Every piece of work that this process began, by its id, one a line: held against what the clients sent.
const { appendFileSync } = require('node:fs');

const file = `${process.env.CLUSTER_DIR}/ledger-${process.pid}`;
let lines = [];
const flush = () => {
  if (lines.length > 0) appendFileSync(file, lines.join(''));
  lines = [];
};
setInterval(flush, 100).unref();
process.on('exit', flush);

exports.begun = (id) => {
  lines.push(`${id}\n`);
};
