// A bare loop of librabbitmq: COUNT messages like ours, persistent and mandatory, at most WINDOW of them not confirmed; prints how many a second.
//
//     bare PORT QUEUE COUNT WINDOW [SIZE]

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 5 && argc != 6) return 64;
    const char *queue = argv[2];
    long count = atol(argv[3]), window = atol(argv[4]), sent = 0, confirmed = 0;
    amqp_connection_state_t c = amqp_new_connection();
    amqp_socket_t *s = amqp_tcp_socket_new(c);
    if (amqp_socket_open(s, "127.0.0.1", atoi(argv[1]))) return 1;
    if (amqp_login(c, "/", 0, 131072, 60, AMQP_SASL_METHOD_PLAIN, "guest", "guest").reply_type != AMQP_RESPONSE_NORMAL) return 1;
    amqp_channel_open(c, 1);
    amqp_confirm_select(c, 1);
    size_t size = argc == 6 ? (size_t)atol(argv[5]) : 200;
    char *body = malloc(size);
    if (!body) return 1;
    memset(body, 'x', size);
    double began = now();
    while (confirmed < count) {
        while (sent < count && sent - confirmed < window) {
            char id[64], run[64];
            snprintf(run, sizeof run, "nightly-report@%ld", 1700000000 + sent);
            snprintf(id, sizeof id, "%s.1", run);
            const char *names[] = {"cron-job", "cron-run", "cron-scheduled-at", "cron-service",
                                   "cron-attempt", "cron-fence", "cron-lateness-ms", "cron-missed"};
            const char *texts[] = {"nightly-report", run, "2026-11-27T12:00:00Z", "default"};
            amqp_table_entry_t entries[8];
            for (int i = 0; i < 8; i++) {
                entries[i].key = amqp_cstring_bytes(names[i]);
                if (i < 4) {
                    entries[i].value.kind = AMQP_FIELD_KIND_UTF8;
                    entries[i].value.value.bytes = amqp_cstring_bytes(texts[i]);
                } else {
                    entries[i].value.kind = AMQP_FIELD_KIND_I64;
                    entries[i].value.value.i64 = i;
                }
            }
            amqp_basic_properties_t p;
            memset(&p, 0, sizeof p);
            p._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG |
                       AMQP_BASIC_APP_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG;
            p.message_id = amqp_cstring_bytes(id);
            p.content_type = amqp_cstring_bytes("text/plain");
            p.app_id = amqp_cstring_bytes("crond");
            p.timestamp = 1700000000;
            p.delivery_mode = 2;
            p.headers.num_entries = 8;
            p.headers.entries = entries;
            amqp_bytes_t content = {size, body};
            if (amqp_basic_publish(c, 1, amqp_empty_bytes, amqp_cstring_bytes(queue), 1, 0, &p, content)) return 1;
            sent++;
        }
        amqp_frame_t frame;
        if (amqp_simple_wait_frame(c, &frame)) return 1;
        if (frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
            amqp_basic_ack_t *ack = frame.payload.method.decoded;
            // Confirms of a classic queue come in order.
            if ((long)ack->delivery_tag > confirmed) confirmed = (long)ack->delivery_tag;
        }
        amqp_maybe_release_buffers(c);
    }
    printf("%s\t%ld\n", argc == 6 ? "bare-size" : "bare", (long)((double)count / (now() - began)));
    amqp_connection_close(c, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(c);
    return 0;
}
