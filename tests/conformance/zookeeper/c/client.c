/* The C client (libzookeeper_mt) as the judge of a server. usage: client HOST:PORT */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

static int passed, failed, check_failed;
static char base[64];
static const char *server;
static zhandle_t *zk;

#define CHECK(condition) do { if (!(condition)) { printf("     line %d: %s\n", __LINE__, #condition); check_failed = 1; return; } } while (0)
#define SAME(expected, actual) do { long e_ = (expected), a_ = (actual); if (e_ != a_) { printf("     line %d: %s is %ld, not %ld\n", __LINE__, #actual, a_, e_); check_failed = 1; return; } } while (0)

static long now_ms(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000 + t.tv_nsec / 1000000; }

static void run(const char *name, void (*body)(void)) {
    long start = now_ms();
    check_failed = 0;
    body();
    if (check_failed) { failed++; printf("FAIL %s\n", name); } else { passed++; printf("ok   %s (%ld ms)\n", name, now_ms() - start); }
    fflush(stdout);
}

/* "base/name" in one of a few buffers. */
static const char *at(const char *format, ...) {
    static char buffers[16][256];
    static int next;
    char *b = buffers[next++ % 16];
    int n = snprintf(b, 256, "%s/", base);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(b + n, 256 - n, format, arguments);
    va_end(arguments);
    return b;
}

/* What a watcher heard. */
struct heard { pthread_mutex_t lock; int count; int type[64]; int state[64]; char path[64][128]; };

static void hear(zhandle_t *h, int type, int state, const char *path, void *context) {
    struct heard *heard = context;
    (void)h;
    if (!heard) return;
    pthread_mutex_lock(&heard->lock);
    if (heard->count < 64) {
        heard->type[heard->count] = type;
        heard->state[heard->count] = state;
        snprintf(heard->path[heard->count++], 128, "%s", path ? path : "");
    }
    pthread_mutex_unlock(&heard->lock);
}

static int count_of(struct heard *h) { pthread_mutex_lock(&h->lock); int n = h->count; pthread_mutex_unlock(&h->lock); return n; }

static int wait_count(struct heard *h, int n) {
    for (int i = 0; i < 2000 && count_of(h) < n; i++) usleep(10000);
    return count_of(h);
}

static int wait_state(zhandle_t *h, int state) {
    for (int i = 0; i < 2000 && zoo_state(h) != state; i++) usleep(10000);
    return zoo_state(h) == state;
}

static zhandle_t *session(int timeout, const clientid_t *id, watcher_fn watcher, void *context) {
    zhandle_t *h = zookeeper_init(server, watcher, timeout, id, context, 0);
    return h && wait_state(h, ZOO_CONNECTED_STATE) ? h : NULL;
}

static int make(const char *path) { return zoo_create(zk, path, "x", 1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0); }

static void nodes(void) {
    char buffer[64], path[256];
    int length = sizeof buffer;
    struct Stat stat;
    SAME(ZOK, zoo_create2(zk, at("n"), "hello", 5, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path, &stat));
    CHECK(!strcmp(path, at("n")) && stat.czxid == stat.mzxid && stat.pzxid == stat.czxid && stat.dataLength == 5);
    SAME(ZOK, zoo_get(zk, at("n"), 0, buffer, &length, &stat));
    CHECK(length == 5 && !memcmp(buffer, "hello", 5) && stat.version == 0);
    SAME(ZOK, zoo_set2(zk, at("n"), "bye", 3, 0, &stat));
    SAME(1, stat.version);
    SAME(ZBADVERSION, zoo_set(zk, at("n"), "no", 2, 0));
    SAME(ZOK, zoo_exists(zk, at("n"), 0, &stat));
    SAME(3, stat.dataLength);
    SAME(ZOK, zoo_delete(zk, at("n"), 1));
    SAME(ZNONODE, zoo_exists(zk, at("n"), 0, &stat));
}

static void null_data(void) {
    char buffer[8];
    int length = sizeof buffer;
    SAME(ZOK, zoo_create(zk, at("null"), NULL, -1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    SAME(ZOK, zoo_get(zk, at("null"), 0, buffer, &length, NULL));
    SAME(-1, length);
    SAME(ZOK, zoo_set(zk, at("null"), "", 0, -1));
    length = sizeof buffer;
    SAME(ZOK, zoo_get(zk, at("null"), 0, buffer, &length, NULL));
    SAME(0, length);
}

static void kinds(void) {
    char path[256];
    struct Stat stat;
    struct String_vector children;
    SAME(ZOK, make(at("k")));
    for (int i = 0; i < 4; i++) {
        SAME(ZOK, zoo_create(zk, at("k/s-"), "x", 1, &ZOO_OPEN_ACL_UNSAFE, (i % 2 ? ZOO_EPHEMERAL : 0) | ZOO_SEQUENCE, path, sizeof path));
        CHECK(!strcmp(path, at("k/s-%010d", i)));
    }
    SAME(ZOK, zoo_create(zk, at("k/c"), "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_CONTAINER, NULL, 0));
    SAME(ZOK, zoo_create2_ttl(zk, at("k/t"), "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 100000, path, sizeof path, &stat));
    SAME(0, stat.ephemeralOwner);
    SAME(ZOK, zoo_create_ttl(zk, at("k/t-"), "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 100000, path, sizeof path));
    CHECK(!strcmp(path, at("k/t-0000000006")));
    SAME(ZOK, zoo_exists(zk, at("k/s-0000000001"), 0, &stat));
    CHECK(stat.ephemeralOwner == zoo_client_id(zk)->client_id);
    SAME(ZOK, zoo_get_children2(zk, at("k"), 0, &children, &stat));
    CHECK(children.count == 7 && stat.numChildren == 7 && stat.cversion == 7);
    deallocate_String_vector(&children);
}

static void mistakes(void) {
    struct String_vector none;
    struct ACL_vector nobody = {0, NULL};
    SAME(ZOK, make(at("e")));
    SAME(ZOK, zoo_create(zk, at("e/eph"), "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0));
    SAME(ZNODEEXISTS, make(at("e")));
    SAME(ZNONODE, make(at("e/no/where")));
    SAME(ZNOCHILDRENFOREPHEMERALS, make(at("e/eph/c")));
    SAME(ZNOTEMPTY, zoo_delete(zk, at("e"), -1));
    SAME(ZBADVERSION, zoo_delete(zk, at("e/eph"), 4));
    SAME(ZNONODE, zoo_delete(zk, at("none"), -1));
    SAME(ZNONODE, zoo_get_children(zk, at("none"), 0, &none));
    SAME(ZINVALIDACL, zoo_create(zk, at("e/acl"), "x", 1, &nobody, 0, NULL, 0));
    SAME(ZINVALIDACL, zoo_create(zk, at("e/acl"), "x", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    SAME(ZBADARGUMENTS, zoo_create(zk, "relative", "x", 1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
}

static void authenticated(int rc, const void *data) { *(volatile int *)data = rc; }

static void acls(void) {
    volatile int rc = 1;
    struct ACL_vector found;
    struct Stat stat;
    char buffer[8];
    int length = sizeof buffer;
    zhandle_t *bob = session(10000, NULL, NULL, NULL);
    CHECK(bob);
    SAME(ZOK, zoo_add_auth(bob, "digest", "bob:pw", 6, authenticated, (void *)&rc));
    for (int i = 0; i < 1000 && rc == 1; i++) usleep(10000);
    SAME(ZOK, rc);
    SAME(ZOK, zoo_create(bob, at("acl"), "x", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    SAME(ZNOAUTH, zoo_get(zk, at("acl"), 0, buffer, &length, NULL));
    SAME(ZNOAUTH, zoo_get_acl(zk, at("acl"), &found, &stat));
    SAME(ZOK, zoo_get_acl(bob, at("acl"), &found, &stat));
    CHECK(found.count == 1 && found.data[0].perms == ZOO_PERM_ALL && !strcmp(found.data[0].id.scheme, "digest") && !strncmp(found.data[0].id.id, "bob:", 4));
    deallocate_ACL_vector(&found);
    SAME(ZBADVERSION, zoo_set_acl(bob, at("acl"), 3, &ZOO_OPEN_ACL_UNSAFE));
    SAME(ZOK, zoo_set_acl(bob, at("acl"), 0, &ZOO_READ_ACL_UNSAFE));
    length = sizeof buffer;
    SAME(ZOK, zoo_get(zk, at("acl"), 0, buffer, &length, NULL));
    SAME(ZNOAUTH, zoo_set(zk, at("acl"), "y", 1, -1));
    zookeeper_close(bob);
    zhandle_t *unknown = session(10000, NULL, NULL, NULL);
    CHECK(unknown);
    rc = 1;
    zoo_add_auth(unknown, "nonsense", "x", 1, authenticated, (void *)&rc);
    for (int i = 0; i < 1000 && rc == 1; i++) usleep(10000);
    SAME(ZAUTHFAILED, rc);
    SAME(ZOO_AUTH_FAILED_STATE, zoo_state(unknown));
    zookeeper_close(unknown);
}

static void transactions(void) {
    char path[256], sequence[256];
    struct Stat stat;
    zoo_op_t ops[6];
    zoo_op_result_t results[6];
    zoo_create_op_init(&ops[0], at("tx"), "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
    zoo_set_op_init(&ops[1], at("tx"), "22", 2, 0, &stat);
    zoo_check_op_init(&ops[2], at("tx"), 1);
    zoo_create_op_init(&ops[3], at("tx/s-"), NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, sequence, sizeof sequence);
    zoo_create_op_init(&ops[4], at("tx/d"), NULL, -1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
    zoo_delete_op_init(&ops[5], at("tx/d"), -1);
    SAME(ZOK, zoo_multi(zk, 6, ops, results));
    CHECK(!strcmp(path, at("tx")) && !strcmp(sequence, at("tx/s-0000000000")) && stat.version == 1 && stat.czxid == stat.mzxid);
    for (int i = 0; i < 6; i++) SAME(ZOK, results[i].err);
    zoo_create_op_init(&ops[0], at("tx/a"), "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
    zoo_check_op_init(&ops[1], at("tx"), 9);
    zoo_delete_op_init(&ops[2], at("tx/a"), -1);
    SAME(ZBADVERSION, zoo_multi(zk, 3, ops, results));
    SAME(ZOK, results[0].err);
    SAME(ZBADVERSION, results[1].err);
    SAME(ZRUNTIMEINCONSISTENCY, results[2].err);
    SAME(ZNONODE, zoo_exists(zk, at("tx/a"), 0, NULL));
}

static void watches(void) {
    static struct heard h = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct String_vector children;
    char buffer[8];
    int length = sizeof buffer;
    struct Stat stat;
    SAME(ZNONODE, zoo_wexists(zk, at("w"), hear, &h, &stat));
    SAME(ZOK, make(at("w")));
    SAME(1, wait_count(&h, 1));
    SAME(ZOK, zoo_wget(zk, at("w"), hear, &h, buffer, &length, &stat));
    SAME(ZOK, zoo_set(zk, at("w"), "y", 1, -1));
    SAME(ZOK, zoo_set(zk, at("w"), "z", 1, -1));
    SAME(2, wait_count(&h, 2));
    SAME(ZOK, zoo_wget_children(zk, at("w"), hear, &h, &children));
    deallocate_String_vector(&children);
    SAME(ZOK, make(at("w/c")));
    SAME(3, wait_count(&h, 3));
    SAME(ZOK, zoo_delete(zk, at("w/c"), -1));
    SAME(ZOK, zoo_wexists(zk, at("w"), hear, &h, &stat));
    SAME(ZOK, zoo_delete(zk, at("w"), -1));
    SAME(4, wait_count(&h, 4));
    int types[] = {ZOO_CREATED_EVENT, ZOO_CHANGED_EVENT, ZOO_CHILD_EVENT, ZOO_DELETED_EVENT};
    for (int i = 0; i < 4; i++) {
        SAME(types[i], h.type[i]);
        CHECK(!strcmp(h.path[i], at("w")));
    }
}

static void removed_watches(void) {
    static struct heard h = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct Stat stat;
    SAME(ZOK, make(at("rw")));
    SAME(ZNOWATCHER, zoo_remove_watches(zk, at("rw"), ZWATCHTYPE_DATA, hear, &h, 0));
    SAME(ZOK, zoo_wexists(zk, at("rw"), hear, &h, &stat));
    SAME(ZOK, zoo_remove_watches(zk, at("rw"), ZWATCHTYPE_DATA, hear, &h, 0));
    int before = count_of(&h);
    SAME(ZOK, zoo_set(zk, at("rw"), "y", 1, -1));
    SAME(ZOK, zoo_exists(zk, at("rw"), 0, &stat));
    usleep(100000);
    SAME(before, count_of(&h));
}

static int done[2000];
static volatile int finished;
static void created(int rc, const char *value, const void *data) {
    (void)value;
    done[finished] = rc == ZOK ? (int)(long)data : -1;
    finished = finished + 1;
}

static void pipeline(void) {
    SAME(ZOK, make(at("many")));
    for (long i = 0; i < 2000; i++) SAME(ZOK, zoo_acreate(zk, at("many/%ld", i), "x", 1, &ZOO_OPEN_ACL_UNSAFE, 0, created, (void *)i));
    for (int i = 0; i < 3000 && finished < 2000; i++) usleep(10000);
    SAME(2000, finished);
    for (int i = 0; i < 2000; i++) SAME(i, done[i]);
    struct String_vector children;
    SAME(ZOK, zoo_get_children(zk, at("many"), 0, &children));
    SAME(2000, children.count);
    deallocate_String_vector(&children);
}

static void large(void) {
    static char data[1000000], back[1000001];
    int length = sizeof back;
    memset(data, 'd', sizeof data);
    SAME(ZOK, zoo_create(zk, at("large"), data, sizeof data, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    SAME(ZOK, zoo_get(zk, at("large"), 0, back, &length, NULL));
    CHECK(length == (int)sizeof data && !memcmp(data, back, sizeof data));
}

static void config(void) {
    char buffer[256];
    int length = sizeof buffer;
    struct Stat stat;
    SAME(ZOK, zoo_getconfig(zk, 0, buffer, &length, &stat));
    CHECK(length <= 0);
}

static void moves(void) {
    static struct heard h = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct Stat stat;
    zhandle_t *first = session(10000, NULL, NULL, NULL);
    CHECK(first);
    SAME(ZOK, zoo_create(first, at("moved"), "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0));
    clientid_t id = *zoo_client_id(first);
    zhandle_t *second = session(10000, &id, NULL, NULL);
    CHECK(second);
    CHECK(zoo_client_id(second)->client_id == id.client_id);
    SAME(ZOK, zoo_wexists(zk, at("moved"), hear, &h, &stat));
    CHECK(stat.ephemeralOwner == id.client_id);
    zookeeper_close(second);
    SAME(1, wait_count(&h, 1));
    SAME(ZOO_DELETED_EVENT, h.type[0]);
    CHECK(wait_state(first, ZOO_EXPIRED_SESSION_STATE));
    zookeeper_close(first);
}

static void ended(void) {
    zhandle_t *h = session(10000, NULL, NULL, NULL);
    CHECK(h);
    clientid_t id = *zoo_client_id(h);
    zookeeper_close(h);
    zhandle_t *again = zookeeper_init(server, NULL, 10000, &id, NULL, 0);
    CHECK(again && wait_state(again, ZOO_EXPIRED_SESSION_STATE));
    zookeeper_close(again);
    h = session(10000, NULL, NULL, NULL);
    CHECK(h);
    id = *zoo_client_id(h);
    id.passwd[3] ^= 1;
    again = zookeeper_init(server, NULL, 10000, &id, NULL, 0);
    CHECK(again && wait_state(again, ZOO_EXPIRED_SESSION_STATE));
    zookeeper_close(again);
    CHECK(wait_state(h, ZOO_CONNECTED_STATE));
    zookeeper_close(h);
}

static void idle(void) {
    zhandle_t *h = session(4000, NULL, NULL, NULL);
    CHECK(h);
    SAME(4000, zoo_recv_timeout(h));
    SAME(ZOK, zoo_create(h, at("idle"), "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, NULL, 0));
    usleep(8000000);
    SAME(ZOK, zoo_exists(h, at("idle"), 0, NULL));
    zookeeper_close(h);
    SAME(ZNONODE, zoo_exists(zk, at("idle"), 0, NULL));
}

int main(int argc, char **argv) {
    if (argc != 2) { fprintf(stderr, "usage: client HOST:PORT\n"); return 2; }
    server = argv[1];
    zoo_set_debug_level(getenv("DEBUG") ? ZOO_LOG_LEVEL_DEBUG : 0);
    zk = session(20000, NULL, NULL, NULL);
    if (!zk) { printf("no session\n0 passed, 1 failed\n"); return 1; }
    snprintf(base, sizeof base, "/c-%ld", now_ms());
    if (make(base) != ZOK) { printf("cannot begin\n0 passed, 1 failed\n"); return 1; }
    run("nodes are made, read, changed and removed", nodes);
    run("null and empty data stay apart", null_data);
    run("every kind of node", kinds);
    run("each mistake has its code", mistakes);
    run("acls with a digest, and an unknown scheme", acls);
    run("transactions, whole or not at all", transactions);
    run("watches of each kind, once", watches);
    run("watches are removed", removed_watches);
    run("thousands in flight, answered in order", pipeline);
    run("large data", large);
    run("the configuration of a server alone", config);
    run("a session moves to another handle", moves);
    run("a session that ended, and a wrong password", ended);
    run("an idle session lives, a closed one takes its ephemerals", idle);
    zookeeper_close(zk);
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}
