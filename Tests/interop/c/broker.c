/* A broker for the subscriber tests: librdkafka's mock cluster in a process of its own.
 *
 *   broker TOPIC...     creates the topics with twelve partitions, prints host:port, serves until its input ends
 */
#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

int main(int argc, char **argv) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    if (client == NULL) {
        fprintf(stderr, "broker: %s\n", reason);
        return 1;
    }
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(client, 1);
    if (cluster == NULL) {
        fprintf(stderr, "broker: the cluster cannot be made\n");
        return 1;
    }
    for (int at = 1; at < argc; at++) {
        rd_kafka_resp_err_t error = rd_kafka_mock_topic_create(cluster, argv[at], 12, 1);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fprintf(stderr, "broker: %s: %s\n", argv[at], rd_kafka_err2str(error));
            return 1;
        }
    }
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    /* The end of the input is the end of the test, however it ends; no broker is left behind. */
    while (getchar() != EOF) {
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
    return 0;
}
