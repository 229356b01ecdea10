// Old versions of Node have to be able to read this file: no syntax and no import here that Node 12 does not know.
const OLDEST_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_MAJOR) {
  console.error(
    'Firebreak needs Node.js ' +
      OLDEST_MAJOR +
      ' or later and this is v' +
      process.versions.node +
      ': run `npm ci` and start it by `npm start` or `npm run`, which take the Node.js that npm installed, or install a newer one.',
  );
  process.exit(1);
}
