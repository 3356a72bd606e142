// Throws while it loads.
function load() {
  throw new RangeError('no such setting');
}
load();
