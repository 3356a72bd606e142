// Has nothing to do.
console.log('nothing to do');
