// node-zookeeper-client as the judge of a server. usage: node client.js HOST:PORT
'use strict';
const assert = require('assert');
const net = require('net');
const zookeeper = require('node-zookeeper-client');
const { ACL, CreateMode, Event, Exception, Id, Permission, State } = zookeeper;

const server = process.argv[2];
const base = '/node-' + Date.now();
let passed = 0;
let failed = 0;

const call = (client, method, ...args) => new Promise((resolve, reject) =>
  client[method](...args, (error, ...results) => (error ? reject(error) : resolve(results.length > 1 ? results : results[0]))));

const code = async (promise) => {
  try { await promise; } catch (e) { return e.getCode ? e.getCode() : e; }
  throw new Error('nothing failed');
};

const connect = (options, where = server) => new Promise((resolve, reject) => {
  const client = zookeeper.createClient(where, { sessionTimeout: 10000, ...options });
  const late = setTimeout(() => reject(new Error('no connection')), 20000);
  client.once('connected', () => { clearTimeout(late); resolve(client); });
  client.connect();
});

const until = async (what, holds) => {
  for (let i = 0; i < 2000; i++) {
    if (await holds()) return;
    await new Promise((r) => setTimeout(r, 10));
  }
  throw new Error('did not come: ' + what);
};

async function check(name, body) {
  const start = Date.now();
  let timer;
  const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('not finished after 60 s')), 60000); });
  try {
    await Promise.race([body(), limit]);
    passed++;
    console.log(`ok   ${name} (${Date.now() - start} ms)`);
  } catch (e) {
    failed++;
    console.log(`FAIL ${name}: ${e.stack || e}`);
  }
  clearTimeout(timer);
}

// A proxy whose connections can be cut.
function link() {
  const [host, port] = server.split(':');
  const sockets = new Set();
  let open = true;
  const listener = net.createServer((near) => {
    if (!open) { near.destroy(); return; }
    const far = net.connect(Number(port), host);
    for (const [a, b] of [[near, far], [far, near]]) {
      sockets.add(a);
      a.setNoDelay(true);
      a.pipe(b);
      a.on('error', () => {});
      a.on('close', () => { sockets.delete(a); b.destroy(); });
    }
  });
  return new Promise((resolve) => listener.listen(0, '127.0.0.1', () => resolve({
    address: '127.0.0.1:' + listener.address().port,
    drop: () => sockets.forEach((s) => s.destroy()),
    cut() { open = false; this.drop(); },
    mend() { open = true; },
    close() { this.cut(); listener.close(); },
  })));
}

async function main() {
  const zk = await connect();
  const make = (path, data, mode = CreateMode.PERSISTENT, acls = ACL.OPEN_ACL_UNSAFE) => call(zk, 'create', path, data, acls, mode);
  await make(base, null);

  await check('nodes are made, read, changed and removed', async () => {
    assert.strictEqual(await make(base + '/a', Buffer.from('one')), base + '/a');
    let [data, stat] = await call(zk, 'getData', base + '/a');
    assert.strictEqual(data.toString(), 'one');
    assert.strictEqual(stat.version, 0);
    assert.strictEqual(stat.dataLength, 3);
    stat = await call(zk, 'setData', base + '/a', Buffer.from('four'), 0);
    assert.strictEqual(stat.version, 1);
    assert.strictEqual(stat.dataLength, 4);
    assert.ok(stat.mzxid.compare(stat.czxid) > 0);
    assert.strictEqual(await call(zk, 'exists', base + '/none'), null);
    await call(zk, 'remove', base + '/a', 1);
    assert.strictEqual(await call(zk, 'exists', base + '/a'), null);
  });
  await check('null, empty and binary data', async () => {
    await make(base + '/null', null);
    assert.strictEqual((await call(zk, 'getData', base + '/null'))[0], undefined);
    const bytes = Buffer.from([...Array(256).keys()]);
    await call(zk, 'setData', base + '/null', bytes, -1);
    assert.deepStrictEqual((await call(zk, 'getData', base + '/null'))[0], bytes);
  });
  await check('sequences and ephemerals', async () => {
    await make(base + '/seq');
    for (let i = 0; i < 5; i++) assert.strictEqual(await make(base + '/seq/n-', null, i % 2 ? CreateMode.PERSISTENT_SEQUENTIAL : CreateMode.EPHEMERAL_SEQUENTIAL), `${base}/seq/n-000000000${i}`);
    const stat = await call(zk, 'exists', base + '/seq/n-0000000000');
    assert.ok(stat.ephemeralOwner.equals(zk.getSessionId()));
    const [children, parent] = await call(zk, 'getChildren', base + '/seq');
    assert.strictEqual(children.length, 5);
    assert.strictEqual(parent.numChildren, 5);
    assert.strictEqual(parent.cversion, 5);
  });
  await check('each mistake has its code', async () => {
    await make(base + '/err');
    await make(base + '/err/e', null, CreateMode.EPHEMERAL);
    assert.strictEqual(await code(make(base + '/err')), Exception.NODE_EXISTS);
    assert.strictEqual(await code(make(base + '/no/where')), Exception.NO_NODE);
    assert.strictEqual(await code(make(base + '/err/e/c')), Exception.NO_CHILDREN_FOR_EPHEMERALS);
    assert.strictEqual(await code(call(zk, 'remove', base + '/err', -1)), Exception.NOT_EMPTY);
    assert.strictEqual(await code(call(zk, 'setData', base + '/err', Buffer.from('x'), 7)), Exception.BAD_VERSION);
    assert.strictEqual(await code(call(zk, 'getData', base + '/none')), Exception.NO_NODE);
    assert.strictEqual(await code(call(zk, 'getACL', base + '/none')), Exception.NO_NODE);
  });
  await check('watches of each kind, once', async () => {
    const heard = [];
    const watch = (event) => heard.push(`${event.getName()} ${event.getPath()}`);
    const path = base + '/watched';
    await call(zk, 'exists', path, watch);
    await make(path);
    await call(zk, 'getData', path, watch);
    await call(zk, 'setData', path, Buffer.from('x'), -1);
    await call(zk, 'setData', path, Buffer.from('y'), -1);
    await call(zk, 'getChildren', path, watch);
    await make(path + '/c');
    await call(zk, 'remove', path + '/c', -1);
    await call(zk, 'exists', path, watch);
    await call(zk, 'remove', path, -1);
    await until('all events', () => heard.length === 4);
    assert.deepStrictEqual(heard, ['NODE_CREATED', 'NODE_DATA_CHANGED', 'NODE_CHILDREN_CHANGED', 'NODE_DELETED'].map((n) => `${n} ${path}`));
  });
  await check('acls with a digest', async () => {
    const owner = await connect();
    owner.addAuthInfo('digest', Buffer.from('me:secret'));
    const path = await call(owner, 'create', base + '/mine', null, ACL.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
    assert.strictEqual(await code(call(zk, 'getData', path)), Exception.NO_AUTH);
    const [acls, stat] = await call(owner, 'getACL', path);
    assert.strictEqual(acls.length, 1);
    assert.strictEqual(acls[0].id.scheme, 'digest');
    assert.strictEqual(stat.aversion, 0);
    await call(owner, 'setACL', path, [new ACL(Permission.READ, Id.ANYONE_ID_UNSAFE)], 0);
    await call(zk, 'getData', path);
    assert.strictEqual(await code(call(zk, 'setData', path, Buffer.from('x'), -1)), Exception.NO_AUTH);
    owner.close();
  });
  await check('transactions, whole or not at all', async () => {
    const results = await call(zk.transaction().create(base + '/tx', Buffer.from('1')).setData(base + '/tx', Buffer.from('2'), 0).check(base + '/tx', 1).create(base + '/tx/c').remove(base + '/tx/c', 0), 'commit');
    assert.strictEqual(results.length, 5);
    assert.strictEqual(results[0].path, base + '/tx');
    assert.strictEqual(results[1].stat.version, 1);
    const error = await new Promise((resolve) => zk.transaction().create(base + '/tx/d').check(base + '/tx', 9).remove(base + '/tx/d').commit((e, r) => resolve([e, r])));
    assert.strictEqual(error[0].getCode(), Exception.BAD_VERSION);
    assert.strictEqual(await call(zk, 'exists', base + '/tx/d'), null);
  });
  await check('folders are made at depth', async () => {
    await call(zk, 'mkdirp', base + '/p/q/r/s');
    for (const p of ['/p', '/p/q', '/p/q/r', '/p/q/r/s']) assert.ok(await call(zk, 'exists', base + p));
    await call(zk, 'mkdirp', base + '/p/q/t');
    assert.deepStrictEqual((await call(zk, 'getChildren', base + '/p/q'))[0].sort(), ['r', 't']);
  });
  await check('thousands in flight, answered in order', async () => {
    await make(base + '/many');
    const order = [];
    await Promise.all([...Array(2000).keys()].map((i) => call(zk, 'create', `${base}/many/${i}`, Buffer.from('' + i), CreateMode.PERSISTENT).then(() => order.push(i))));
    assert.deepStrictEqual(order, [...Array(2000).keys()]);
    const all = await Promise.all([...Array(2000).keys()].map((i) => call(zk, 'getData', `${base}/many/${i}`)));
    all.forEach(([data], i) => assert.strictEqual(data.toString(), '' + i));
  });
  await check('a close ends the ephemerals', async () => {
    const other = await connect();
    await call(other, 'create', base + '/gone', CreateMode.EPHEMERAL);
    const heard = [];
    await call(zk, 'exists', base + '/gone', (event) => heard.push(event.getType()));
    other.close();
    await until('the event', () => heard.length === 1);
    assert.strictEqual(heard[0], Event.NODE_DELETED);
  });
  await check('a cut connection: the session and its watches come back, and tell what happened', async () => {
    const l = await link();
    const far = await connect({ spinDelay: 50 }, l.address);
    const id = far.getSessionId();
    await call(far, 'create', base + '/cut', CreateMode.EPHEMERAL);
    await make(base + '/cut-parent');
    const heard = [];
    const watch = (event) => heard.push(`${event.getName()} ${event.getPath().slice(base.length)}`);
    await call(far, 'getData', base + '/cut', watch);
    await call(far, 'getChildren', base + '/cut-parent', watch);
    await call(far, 'exists', base + '/cut-new', watch);
    l.cut();
    await call(zk, 'setData', base + '/cut', Buffer.from('x'), -1);
    await make(base + '/cut-parent/c');
    await make(base + '/cut-new');
    const back = new Promise((resolve) => far.once('connected', resolve));
    l.mend();
    await back;
    assert.deepStrictEqual(far.getSessionId(), id);
    await until('all events', () => heard.length === 3);
    assert.deepStrictEqual(heard.sort(), ['NODE_CHILDREN_CHANGED /cut-parent', 'NODE_CREATED /cut-new', 'NODE_DATA_CHANGED /cut']);
    assert.ok(await call(far, 'exists', base + '/cut'));
    far.close();
    l.close();
  });
  await check('a session that was away too long has expired', async () => {
    const l = await link();
    const far = await connect({ sessionTimeout: 4000, spinDelay: 50 }, l.address);
    await call(far, 'create', base + '/expired', CreateMode.EPHEMERAL);
    const states = [];
    far.on('state', (state) => states.push(state));
    l.cut();
    await until('its node is gone', async () => !(await call(zk, 'exists', base + '/expired')));
    l.mend();
    await until('it is told', () => states.includes(State.EXPIRED));
    far.close();
    l.close();
  });
  zk.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

main().catch((e) => { console.log('FAIL', e); console.log(`${passed} passed, ${failed + 1} failed`); process.exit(1); });
