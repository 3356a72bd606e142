// Every piece of work that this process began, by its id, one a line: held against what the clients sent. Apps with asynchronous work of their own
// write down its ends too, and what was in hand when the order to leave came.
const { appendFileSync } = require('node:fs');

const lines = { ledger: [], ended: [], crossed: [] };
const inHand = new Set();

function flush() {
  for (const [name, written] of Object.entries(lines)) {
    if (written.length > 0) appendFileSync(`${process.env.CLUSTER_DIR}/${name}-${process.pid}`, written.join(''));
    written.length = 0;
  }
}
setInterval(flush, 100).unref();
process.on('exit', flush);

exports.begun = (id) => {
  lines.ledger.push(`${id}\n`);
  inHand.add(id);
};
exports.ended = (id) => {
  lines.ended.push(`${id}\n`);
  inHand.delete(id);
};
exports.leaving = () => {
  for (const id of inHand) lines.crossed.push(`${id}\n`);
};
