// The development broker: a Kafka protocol server on a loopback port, backed by the mock cluster of librdkafka.
//
// It keeps at most 5 MiB or 100,000 batches per partition and forgets everything when it stops, so it serves development
// and tests only. Options:
//
//   --port N            listen on this port; 0 or absent lets the system choose a free one
//   --topic NAME:N      create a topic with N partitions before serving (repeatable; N defaults to 12)
//   --topics FILE       the same, one NAME:N per line; empty lines and lines that start with '#' are skipped
//   --parent PID        exit when this process is gone
//   --advertise N       tell clients that the broker is on port N, where something stands that passes connections on to
//                       the port above, such as `deploy/kafka-front` with TLS and logins
//
// When it serves, it prints `bootstrap=127.0.0.1:PORT`, the port that clients have to use, and with --advertise a second
// line `listening=127.0.0.1:PORT`, the port that it listens on. Lines on standard input steer it; each is answered by one line that
// starts with `ok` or `error`:
//
//   topic NAME N        create a topic
//   errors API COUNT CODE   answer the next COUNT requests of this API key with this error code
//   delay MILLISECONDS  delay every answer
//   down / up           refuse and close connections / serve again
//   stop                exit
//
// The CreateTopics call is not served by the mock cluster. A client therefore creates a topic by writing the record
// `topic NAME N` to partition 0 of the topic `__devbroker`, whose presence also tells it that this is not a real broker.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum {
    default_partitions = 12,
    most_partitions = 1000,
    only_broker = 1,
    most_injected_errors = 10000,
    tick_milliseconds = 100,
    line_length = 512,
    exit_usage = 2,
    exit_port_taken = 3,
};

static const char control_topic[] = "__devbroker";

/// The port that the next listener gets instead of a random one; 0 leaves the choice to the system.
static uint16_t forced_port = 0;

/// The port that the mock cluster tells its clients instead of the one it listens on; 0 tells the truth.
static uint16_t advertised_port = 0;

/// The port that the mock cluster really listens on, once it does; known only with an advertised port.
static uint16_t listening_port = 0;

static volatile sig_atomic_t stop_requested = 0;

/// The mock cluster always asks for port 0. This definition is found before the one of the C library, and puts the wanted
/// port in its place; every other call passes unchanged.
int bind(int descriptor, __CONST_SOCKADDR_ARG address, socklen_t length) {
    static int (*real_bind)(int, const struct sockaddr *, socklen_t);
    if (!real_bind) {
        real_bind = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind");
        if (!real_bind) {
            errno = ENOSYS;
            return -1;
        }
    }
    const struct sockaddr *wanted = address.__sockaddr__;
    if (forced_port != 0 && wanted->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in changed;
        memcpy(&changed, wanted, sizeof changed);
        if (changed.sin_port == 0) {
            const int on = 1;
            (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
            changed.sin_port = htons(forced_port);
            return real_bind(descriptor, (const struct sockaddr *)&changed, sizeof changed);
        }
    }
    // A broker that comes up again binds the port that it believes to have, which is the advertised one.
    if (listening_port != 0 && wanted->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in changed;
        memcpy(&changed, wanted, sizeof changed);
        if (changed.sin_port == htons(advertised_port)) changed.sin_port = htons(listening_port);
        return real_bind(descriptor, (const struct sockaddr *)&changed, sizeof changed);
    }
    return real_bind(descriptor, wanted, length);
}

/// The mock cluster asks the system which port its socket got, and tells clients that one. With an advertised port it is
/// told that one instead: the first time, since there is one broker, and it asks before any client of this process has a
/// socket; and again when it comes up after having been down.
int getsockname(int descriptor, __SOCKADDR_ARG address, socklen_t *__restrict length) {
    static int (*real_getsockname)(int, struct sockaddr *, socklen_t *);
    if (!real_getsockname) {
        real_getsockname = (int (*)(int, struct sockaddr *, socklen_t *))dlsym(RTLD_NEXT, "getsockname");
        if (!real_getsockname) {
            errno = ENOSYS;
            return -1;
        }
    }
    struct sockaddr *found = address.__sockaddr__;
    const int result = real_getsockname(descriptor, found, length);
    if (result == 0 && advertised_port != 0 && found->sa_family == AF_INET) {
        struct sockaddr_in *internet = (struct sockaddr_in *)found;
        if (listening_port == 0) listening_port = ntohs(internet->sin_port);
        if (internet->sin_port == htons(listening_port)) internet->sin_port = htons(advertised_port);
    }
    return result;
}

/// The broker's own client believes the advertised port like every other; here it goes straight to the listening one.
int connect(int descriptor, __CONST_SOCKADDR_ARG address, socklen_t length) {
    static int (*real_connect)(int, const struct sockaddr *, socklen_t);
    if (!real_connect) {
        real_connect = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
        if (!real_connect) {
            errno = ENOSYS;
            return -1;
        }
    }
    const struct sockaddr *wanted = address.__sockaddr__;
    if (listening_port != 0 && wanted->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in changed;
        memcpy(&changed, wanted, sizeof changed);
        if (changed.sin_port == htons(advertised_port)) changed.sin_port = htons(listening_port);
        return real_connect(descriptor, (const struct sockaddr *)&changed, sizeof changed);
    }
    return real_connect(descriptor, wanted, length);
}

static void on_stop_signal(int signal_number) {
    (void)signal_number;
    stop_requested = 1;
}

static void fail(int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("devbroker: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(status);
}

/// Reads a whole decimal number between the bounds; everything else is refused.
static int parse_number(const char *text, long lowest, long highest, long *number) {
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < lowest || value > highest) return 0;
    *number = value;
    return 1;
}

/// The mock cluster aborts the process when it cannot bind, so the port is tried first.
static void require_free_port(uint16_t port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) fail(1, "cannot open a socket: %s", strerror(errno));
    const int on = 1;
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int taken = bind(descriptor, (const struct sockaddr *)&address, sizeof address) != 0 || listen(descriptor, 1) != 0;
    const int reason = errno;
    close(descriptor);
    if (taken) fail(exit_port_taken, "port %u is not free: %s", (unsigned)port, strerror(reason));
}

/// The mock cluster derives its cluster id from an address in memory, and clients tell a broker that started over by a new
/// id. Untouched memory of random size in front makes the address differ between runs even where the system does not
/// randomise it.
static void randomise_cluster_id(void) {
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) return;
    mallopt(M_MMAP_MAX, 0);
    void *volatile padding = malloc(((size_t)random % (256u * 1024 * 1024)) & ~(size_t)15);
    (void)padding;
    mallopt(M_MMAP_MAX, 65536);
}

static const char *create_topic(rd_kafka_mock_cluster_t *cluster, const char *name, int partitions) {
    const rd_kafka_resp_err_t error = rd_kafka_mock_topic_create(cluster, name, partitions, 1);
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return NULL;
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : rd_kafka_err2str(error);
}

/// Creates the topic of `NAME` or `NAME:N`.
static void create_from_argument(rd_kafka_mock_cluster_t *cluster, const char *argument) {
    char name[line_length];
    if (strlen(argument) >= sizeof name) fail(exit_usage, "topic name too long");
    strcpy(name, argument);
    long partitions = default_partitions;
    char *colon = strrchr(name, ':');
    if (colon) {
        *colon = '\0';
        if (!parse_number(colon + 1, 1, most_partitions, &partitions))
            fail(exit_usage, "not a partition count: %s", argument);
    }
    if (name[0] == '\0') fail(exit_usage, "topic without a name: %s", argument);
    const char *problem = create_topic(cluster, name, (int)partitions);
    if (problem) fail(1, "cannot create topic %s: %s", name, problem);
}

static void create_from_file(rd_kafka_mock_cluster_t *cluster, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail(exit_usage, "cannot read %s: %s", path, strerror(errno));
    char line[line_length];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, " \t\r\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#') create_from_argument(cluster, line);
    }
    fclose(file);
}

/// Runs one steering line and returns NULL or the reason why it was refused.
static const char *obey(rd_kafka_mock_cluster_t *cluster, const char *line) {
    char verb[line_length], first[line_length], second[line_length], third[line_length];
    const int words = sscanf(line, "%511s %511s %511s %511s", verb, first, second, third);
    long number = 0, code = 0, api = 0;
    if (words == 3 && strcmp(verb, "topic") == 0) {
        if (!parse_number(second, 1, most_partitions, &number)) return "not a partition count";
        return create_topic(cluster, first, (int)number);
    }
    if (words == 4 && strcmp(verb, "errors") == 0) {
        if (!parse_number(first, 0, INT16_MAX, &api)) return "not an API key";
        if (!parse_number(second, 1, most_injected_errors, &number)) return "not a count";
        if (!parse_number(third, INT16_MIN, INT16_MAX, &code)) return "not an error code";
        rd_kafka_resp_err_t *codes = calloc((size_t)number, sizeof *codes);
        if (!codes) return "out of memory";
        for (long index = 0; index < number; index++) codes[index] = (rd_kafka_resp_err_t)code;
        rd_kafka_mock_push_request_errors_array(cluster, (int16_t)api, (size_t)number, codes);
        free(codes);
        return NULL;
    }
    if (words == 2 && strcmp(verb, "delay") == 0) {
        if (!parse_number(first, 0, 600000, &number)) return "not a number of milliseconds";
        rd_kafka_mock_broker_set_rtt(cluster, only_broker, (int)number);
        return NULL;
    }
    if (words == 1 && strcmp(verb, "down") == 0) {
        rd_kafka_mock_broker_set_down(cluster, only_broker);
        return NULL;
    }
    if (words == 1 && strcmp(verb, "up") == 0) {
        rd_kafka_mock_broker_set_up(cluster, only_broker);
        return NULL;
    }
    if (words == 1 && strcmp(verb, "stop") == 0) {
        stop_requested = 1;
        return NULL;
    }
    return "unknown command";
}

static void answer(rd_kafka_mock_cluster_t *cluster, const char *line) {
    const char *problem = obey(cluster, line);
    if (problem)
        printf("error %s\n", problem);
    else
        printf("ok %s\n", line);
    fflush(stdout);
}

/// Takes what standard input offers and obeys the complete lines. Returns 0 at its end; the broker then goes on without it,
/// because a service manager starts it with an empty input.
static int read_steering(rd_kafka_mock_cluster_t *cluster) {
    static char buffer[line_length];
    static size_t filled = 0;
    const ssize_t count = read(STDIN_FILENO, buffer + filled, sizeof buffer - 1 - filled);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    if (count == 0) return 0;
    filled += (size_t)count;
    buffer[filled] = '\0';
    char *newline;
    while ((newline = memchr(buffer, '\n', filled)) != NULL) {
        *newline = '\0';
        answer(cluster, buffer);
        const size_t used = (size_t)(newline - buffer) + 1;
        memmove(buffer, buffer + used, filled - used + 1);
        filled -= used;
    }
    if (filled == sizeof buffer - 1) {
        puts("error line too long");
        fflush(stdout);
        filled = 0;
    }
    return 1;
}

struct creator {
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *client;
};

/// Serves the control topic until the broker stops.
static void *create_on_request(void *argument) {
    const struct creator *creator = argument;
    while (!stop_requested) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(creator->client, tick_milliseconds);
        if (!message) continue;
        char name[line_length], count[line_length], text[line_length];
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->payload && message->len < sizeof text) {
            memcpy(text, message->payload, message->len);
            text[message->len] = '\0';
            long partitions = 0;
            if (sscanf(text, "topic %511s %511s", name, count) == 2
                && parse_number(count, 1, most_partitions, &partitions)) {
                const char *problem = create_topic(creator->cluster, name, (int)partitions);
                if (problem) fprintf(stderr, "devbroker: cannot create topic %s: %s\n", name, problem);
            }
        }
        rd_kafka_message_destroy(message);
    }
    return NULL;
}

static void silence(const rd_kafka_t *client, int level, const char *facility, const char *text) {
    (void)client;
    (void)level;
    (void)facility;
    (void)text;
}

static void set(rd_kafka_conf_t *configuration, const char *name, const char *value) {
    char reason[256];
    if (rd_kafka_conf_set(configuration, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) fail(1, "%s", reason);
}

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *bootstrap) {
    char reason[256];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(configuration, silence);
    if (bootstrap) {
        set(configuration, "bootstrap.servers", bootstrap);
        set(configuration, "group.id", "devbroker");
        set(configuration, "enable.auto.commit", "false");
        set(configuration, "fetch.wait.max.ms", "50");
        set(configuration, "reconnect.backoff.max.ms", "500");
    }
    rd_kafka_t *client = rd_kafka_new(type, configuration, reason, sizeof reason);
    if (!client) fail(1, "cannot create a client: %s", reason);
    return client;
}

static int parent_is_gone(pid_t parent, pid_t parent_at_start) {
    if (parent <= 0) return 0;
    if (parent_at_start == parent && getppid() != parent) return 1;
    return kill(parent, 0) != 0 && errno == ESRCH;
}

int main(int count, char **arguments) {
    randomise_cluster_id();
    long port = 0, parent = 0, advertised = 0;
    for (int index = 1; index < count; index += 2) {
        const char *name = arguments[index];
        if (index + 1 >= count) fail(exit_usage, "option without a value: %s", name);
        const char *value = arguments[index + 1];
        if (strcmp(name, "--port") == 0) {
            if (!parse_number(value, 0, UINT16_MAX, &port)) fail(exit_usage, "not a port: %s", value);
        } else if (strcmp(name, "--parent") == 0) {
            if (!parse_number(value, 1, INT32_MAX, &parent)) fail(exit_usage, "not a process: %s", value);
        } else if (strcmp(name, "--advertise") == 0) {
            if (!parse_number(value, 1, UINT16_MAX, &advertised)) fail(exit_usage, "not a port: %s", value);
        } else if (strcmp(name, "--topic") != 0 && strcmp(name, "--topics") != 0) {
            fail(exit_usage, "unknown option: %s", name);
        }
    }
    const pid_t parent_at_start = getppid();

    struct sigaction action = {.sa_handler = on_stop_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);

    if (port != 0) require_free_port((uint16_t)port);
    rd_kafka_t *owner = new_client(RD_KAFKA_PRODUCER, NULL);
    forced_port = (uint16_t)port;
    advertised_port = (uint16_t)advertised;
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(owner, only_broker);
    forced_port = 0;
    if (!cluster) fail(1, "cannot start the cluster");
    // It listens from here on and makes topics that it is asked for with partitions of its own choice. A client that was
    // waiting for it must not be served before the wanted ones exist.
    rd_kafka_mock_broker_set_down(cluster, only_broker);

    const char *problem = create_topic(cluster, control_topic, 1);
    if (problem) fail(1, "cannot create topic %s: %s", control_topic, problem);
    for (int index = 1; index + 1 < count; index += 2) {
        if (strcmp(arguments[index], "--topic") == 0) create_from_argument(cluster, arguments[index + 1]);
        if (strcmp(arguments[index], "--topics") == 0) create_from_file(cluster, arguments[index + 1]);
    }
    rd_kafka_mock_broker_set_up(cluster, only_broker);

    const char *bootstrap = rd_kafka_mock_cluster_bootstraps(cluster);
    struct creator creator = {.cluster = cluster, .client = new_client(RD_KAFKA_CONSUMER, bootstrap)};
    rd_kafka_poll_set_consumer(creator.client);
    rd_kafka_topic_partition_list_t *assignment = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(assignment, control_topic, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    const rd_kafka_resp_err_t refused = rd_kafka_assign(creator.client, assignment);
    rd_kafka_topic_partition_list_destroy(assignment);
    if (refused) fail(1, "cannot read the control topic: %s", rd_kafka_err2str(refused));
    pthread_t thread;
    if (pthread_create(&thread, NULL, create_on_request, &creator) != 0) fail(1, "cannot start a thread");

    printf("bootstrap=%s\n", bootstrap);
    if (listening_port != 0) printf("listening=127.0.0.1:%u\n", (unsigned)listening_port);
    fflush(stdout);

    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!stop_requested && !parent_is_gone((pid_t)parent, parent_at_start)) {
        const int ready = poll(&input, 1, tick_milliseconds);
        // A negative descriptor makes poll skip the entry, so that the end of the input leaves a plain timer.
        if (ready > 0 && input.revents != 0 && !read_steering(cluster)) input.fd = -1;
    }

    stop_requested = 1;
    pthread_join(thread, NULL);
    // The clients of a stopping broker are gone with the process; an orderly leave would only make the exit wait.
    fflush(stdout);
    _exit(0);
}
