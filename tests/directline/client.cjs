// Microsoft's own client of Direct Line, outside a browser. The first argument is its options as JSON. Each line of the standard
// input is an activity to post; each line of the output is what was posted, what came, or how the connection is.
global.XMLHttpRequest = require('xhr2');
global.WebSocket = require('ws');
const { ConnectionStatus, DirectLine } = require('botframework-directlinejs');

const tell = (what) => process.stdout.write(JSON.stringify(what) + '\n');
// Without chance, it tries again as soon as it ever does.
const line = new DirectLine({ ...JSON.parse(process.argv[2]), random: () => 0 });
line.connectionStatus$.subscribe((status) => tell({ status: ConnectionStatus[status] }));
line.activity$.subscribe(
  (activity) => tell({ activity }),
  (error) => tell({ failed: String(error) }),
);
require('readline').createInterface({ input: process.stdin }).on('line', (text) => {
  line.postActivity(JSON.parse(text)).subscribe(
    (posted) => tell({ posted }),
    (error) => tell({ failed: String(error) }),
  );
}).on('close', () => process.exit(0));
