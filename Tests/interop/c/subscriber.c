/* A subscriber in C with nothing but proto/, protobuf-c and librdkafka (XCT-4).
 *
 *   subscriber --bootstrap HOST:PORT --topic TOPIC [--topic TOPIC ...] [--count N] [--timeout SECONDS]
 *
 * Reads the topics of the policy service from the beginning and prints each event as one line of JSON: topic,
 * partition, offset, key, headers and the message in protobuf's JSON form with the field names of the contracts.
 * Ends with 0 after N events, 1 when the time is up before, 2 for wrong arguments, 3 when an event does not follow
 * the contracts.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <librdkafka/rdkafka.h>
#include <protobuf-c/protobuf-c.h>

#include "google/protobuf/timestamp.pb-c.h"
#include "zhitongche/policy/v1/policy_events.pb-c.h"

#define MAX_TOPICS 16

/* Every message that the topics of the policy service carry; ce_type names one of them. */
static const ProtobufCMessageDescriptor *const events[] = {
    &zhitongche__policy__v1__document_entered__descriptor, &zhitongche__policy__v1__point_published__descriptor,
    &zhitongche__policy__v1__point_withdrawn__descriptor,  &zhitongche__policy__v1__point_expired__descriptor,
    &zhitongche__policy__v1__point_in_force__descriptor,
};

static void print_message(const ProtobufCMessage *message);

static void print_text(const char *text, size_t length) {
    putchar('"');
    for (size_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (byte == '"' || byte == '\\') {
            printf("\\%c", byte);
        } else if (byte < 0x20) {
            printf("\\u%04x", byte);
        } else {
            putchar(byte);
        }
    }
    putchar('"');
}

static void print_bytes(const ProtobufCBinaryData *bytes) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    putchar('"');
    for (size_t at = 0; at < bytes->len; at += 3) {
        size_t left = bytes->len - at;
        uint32_t group = (uint32_t)bytes->data[at] << 16;
        group |= left > 1 ? (uint32_t)bytes->data[at + 1] << 8 : 0;
        group |= left > 2 ? bytes->data[at + 2] : 0;
        putchar(digits[group >> 18]);
        putchar(digits[group >> 12 & 63]);
        putchar(left > 1 ? digits[group >> 6 & 63] : '=');
        putchar(left > 2 ? digits[group & 63] : '=');
    }
    putchar('"');
}

static void print_timestamp(const Google__Protobuf__Timestamp *timestamp) {
    time_t seconds = (time_t)timestamp->seconds;
    struct tm parts;
    char text[32] = "";
    if (gmtime_r(&seconds, &parts) != NULL) {
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    }
    printf("\"%s.%09" PRId32 "Z\"", text, timestamp->nanos);
}

/* Prints the value that `member` points to; for a repeated field that is one element. */
static void print_value(const ProtobufCFieldDescriptor *field, const void *member) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        printf("%" PRId32, *(const int32_t *)member);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        printf("%" PRIu32, *(const uint32_t *)member);
        break;
    /* JSON's numbers are too short for 64 bits, so the JSON form of protobuf writes them as text. */
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        printf("\"%" PRId64 "\"", *(const int64_t *)member);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        printf("\"%" PRIu64 "\"", *(const uint64_t *)member);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        printf("%.9g", (double)*(const float *)member);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        printf("%.17g", *(const double *)member);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        printf("%s", *(const protobuf_c_boolean *)member ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        int number = *(const int *)member;
        const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(field->descriptor, number);
        /* A value added after this program was built is no fault; its number is kept. */
        if (value == NULL) {
            printf("%d", number);
        } else {
            print_text(value->name, strlen(value->name));
        }
        break;
    }
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(char *const *)member;
        print_text(text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
        break;
    }
    case PROTOBUF_C_TYPE_BYTES:
        print_bytes(member);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        print_message(*(ProtobufCMessage *const *)member);
        break;
    }
}

static size_t element_size(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

/* Whether a single field is present: chosen in its oneof, a message that is there, or anything but the zero value. */
static bool present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    const char *base = (const char *)message;
    const void *member = base + field->offset;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        return *(const uint32_t *)(base + field->quantifier_offset) == field->id;
    }
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(void *const *)member != NULL;
    case PROTOBUF_C_TYPE_STRING:
        return *(char *const *)member != NULL && **(char *const *)member != '\0';
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)member)->len > 0;
    default: {
        static const char zeros[8];
        return memcmp(member, zeros, element_size(field->type)) != 0;
    }
    }
}

static void print_message(const ProtobufCMessage *message) {
    if (message->descriptor == &google__protobuf__timestamp__descriptor) {
        print_timestamp((const Google__Protobuf__Timestamp *)message);
        return;
    }
    const char *separator = "";
    putchar('{');
    for (unsigned at = 0; at < message->descriptor->n_fields; at++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[at];
        const char *member = (const char *)message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count = *(const size_t *)((const char *)message + field->quantifier_offset);
            if (count == 0) {
                continue;
            }
            printf("%s\"%s\":[", separator, field->name);
            const char *elements = *(char *const *)member;
            for (size_t element = 0; element < count; element++) {
                printf("%s", element == 0 ? "" : ",");
                print_value(field, elements + element * element_size(field->type));
            }
            putchar(']');
        } else if (present(message, field)) {
            printf("%s\"%s\":", separator, field->name);
            print_value(field, member);
        } else {
            continue;
        }
        separator = ",";
    }
    putchar('}');
}

static const ProtobufCMessageDescriptor *find_event(const char *name, size_t length) {
    for (size_t at = 0; at < sizeof(events) / sizeof(events[0]); at++) {
        if (strlen(events[at]->name) == length && memcmp(events[at]->name, name, length) == 0) {
            return events[at];
        }
    }
    return NULL;
}

/* Prints one event; false when it does not follow the contracts. */
static bool print_event(const rd_kafka_message_t *record) {
    const char *topic = rd_kafka_topic_name(record->rkt);
    rd_kafka_headers_t *headers = NULL;
    const void *type = NULL;
    size_t length = 0;
    if (rd_kafka_message_headers(record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, "ce_type", &type, &length) != RD_KAFKA_RESP_ERR_NO_ERROR || type == NULL) {
        fprintf(stderr, "subscriber: %s[%" PRId32 "]@%" PRId64 ": lacks the header ce_type\n", topic,
                record->partition, record->offset);
        return false;
    }
    const ProtobufCMessageDescriptor *descriptor = find_event(type, length);
    if (descriptor == NULL) {
        fprintf(stderr, "subscriber: %s[%" PRId32 "]@%" PRId64 ": the contracts do not know %.*s\n", topic,
                record->partition, record->offset, (int)length, (const char *)type);
        return false;
    }
    ProtobufCMessage *message = NULL;
    if (record->payload != NULL) {
        message = protobuf_c_message_unpack(descriptor, NULL, record->len, record->payload);
        if (message == NULL) {
            fprintf(stderr, "subscriber: %s[%" PRId32 "]@%" PRId64 ": %s cannot be decoded\n", topic,
                    record->partition, record->offset, descriptor->name);
            return false;
        }
    }
    printf("{\"topic\":");
    print_text(topic, strlen(topic));
    printf(",\"partition\":%" PRId32 ",\"offset\":%" PRId64 ",\"key\":", record->partition, record->offset);
    print_text(record->key == NULL ? "" : record->key, record->key_len);
    printf(",\"headers\":{");
    const char *name = NULL;
    const void *value = NULL;
    for (size_t at = 0; rd_kafka_header_get_all(headers, at, &name, &value, &length) == 0; at++) {
        printf("%s", at == 0 ? "" : ",");
        print_text(name, strlen(name));
        putchar(':');
        print_text(value == NULL ? "" : value, value == NULL ? 0 : length);
    }
    printf("},\"message\":");
    if (message == NULL) {
        printf("null");
    } else {
        print_message(message);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    printf("}\n");
    fflush(stdout);
    return true;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Assigns all partitions of the topics from the beginning; false when the broker does not list them in time. */
static bool assign(rd_kafka_t *client, const char **topics, int count, double deadline) {
    rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new(12);
    int found = 0;
    while (found < count && now() < deadline) {
        const struct rd_kafka_metadata *metadata = NULL;
        found = 0;
        if (rd_kafka_metadata(client, 1, NULL, &metadata, 1000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            continue;
        }
        for (int at = 0; at < metadata->topic_cnt; at++) {
            const struct rd_kafka_metadata_topic *listed = &metadata->topics[at];
            for (int wanted = 0; wanted < count; wanted++) {
                if (strcmp(topics[wanted], listed->topic) != 0 || listed->partition_cnt == 0) {
                    continue;
                }
                found++;
                for (int number = 0; number < listed->partition_cnt; number++) {
                    int32_t partition = listed->partitions[number].id;
                    if (rd_kafka_topic_partition_list_find(partitions, listed->topic, partition) == NULL) {
                        rd_kafka_topic_partition_list_add(partitions, listed->topic, partition)->offset =
                            RD_KAFKA_OFFSET_BEGINNING;
                    }
                }
            }
        }
        rd_kafka_metadata_destroy(metadata);
        if (found < count) {
            /* Waiting on the client's own queue keeps it served. */
            rd_kafka_message_t *nothing = rd_kafka_consumer_poll(client, 200);
            if (nothing != NULL) {
                rd_kafka_message_destroy(nothing);
            }
        }
    }
    bool assigned = found == count && rd_kafka_assign(client, partitions) == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_destroy(partitions);
    return assigned;
}

static rd_kafka_t *make_client(const char *bootstrap) {
    const char *const settings[][2] = {
        {"bootstrap.servers", bootstrap},     {"group.id", "ztc.interop.c"},
        {"enable.auto.commit", "false"},      {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"},       {"check.crcs", "true"},
        {"fetch.wait.max.ms", "10"},
    };
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t at = 0; at < sizeof(settings) / sizeof(settings[0]); at++) {
        if (rd_kafka_conf_set(conf, settings[at][0], settings[at][1], reason, sizeof(reason)) != RD_KAFKA_CONF_OK) {
            fprintf(stderr, "subscriber: %s\n", reason);
            return NULL;
        }
    }
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
    if (client == NULL) {
        fprintf(stderr, "subscriber: %s\n", reason);
        return NULL;
    }
    rd_kafka_poll_set_consumer(client);
    return client;
}

int main(int argc, char **argv) {
    const char *bootstrap = NULL;
    const char *topics[MAX_TOPICS];
    int topic_count = 0;
    long count = 1;
    double timeout = 30;
    for (int at = 1; at + 1 < argc; at += 2) {
        if (strcmp(argv[at], "--bootstrap") == 0) {
            bootstrap = argv[at + 1];
        } else if (strcmp(argv[at], "--topic") == 0 && topic_count < MAX_TOPICS) {
            topics[topic_count++] = argv[at + 1];
        } else if (strcmp(argv[at], "--count") == 0) {
            count = strtol(argv[at + 1], NULL, 10);
        } else if (strcmp(argv[at], "--timeout") == 0) {
            timeout = strtod(argv[at + 1], NULL);
        } else {
            bootstrap = NULL;
            break;
        }
    }
    if (bootstrap == NULL || topic_count == 0 || argc % 2 == 0) {
        fprintf(stderr, "usage: subscriber --bootstrap HOST:PORT --topic TOPIC ... [--count N] [--timeout SECONDS]\n");
        return 2;
    }

    double deadline = now() + timeout;
    rd_kafka_t *client = make_client(bootstrap);
    if (client == NULL) {
        return 1;
    }
    int outcome = 0;
    long seen = 0;
    if (!assign(client, topics, topic_count, deadline)) {
        fprintf(stderr, "subscriber: the broker does not list the topics\n");
        outcome = 1;
    }
    while (outcome == 0 && seen < count) {
        if (now() >= deadline) {
            fprintf(stderr, "subscriber: %ld of %ld events in %g s\n", seen, count, timeout);
            outcome = 1;
            break;
        }
        rd_kafka_message_t *record = rd_kafka_consumer_poll(client, 200);
        if (record == NULL) {
            continue;
        }
        if (record->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
            fprintf(stderr, "subscriber: the broker has forgotten events: %s\n", rd_kafka_message_errstr(record));
            outcome = 1;
        } else if (record->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (print_event(record)) {
                seen++;
            } else {
                outcome = 3;
            }
        }
        /* Every other error is the client's own retry at work; the deadline bounds it. */
        rd_kafka_message_destroy(record);
    }
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return outcome;
}
