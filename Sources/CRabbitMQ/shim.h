// librabbitmq, and wrappers for what Swift cannot call: a variadic function, and the few of OpenSSL's that librabbitmq does not hand on.
#ifndef CRON_CRABBITMQ_SHIM_H
#define CRON_CRABBITMQ_SHIM_H

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <stdint.h>
#include <sys/eventfd.h>

// Declared here, not taken from OpenSSL's headers: those clash with BoringSSL's, which swift-nio-ssl brings along.
extern int OPENSSL_init_crypto(uint64_t options, const void *settings);
extern unsigned long ERR_peek_error(void);
extern void ERR_clear_error(void);
extern const char *ERR_reason_error_string(unsigned long error);
extern int SSL_CTX_load_verify_locations(void *context, const char *file, const char *folder);

// No tidying at exit: a thread of ours may still be inside the library then. No openssl.cnf: what it loads would be built for another libcrypto.
static inline void cr_begin_tls(void) { OPENSSL_init_crypto(0x00080000L | 0x00000080L, 0); }

static inline amqp_rpc_reply_t cr_login_plain(
    amqp_connection_state_t state, const char *vhost, int channels, int frame, int heartbeat, const amqp_table_t *properties,
    const char *user, const char *password) {
    return amqp_login_with_properties(
        state, vhost, channels, frame, heartbeat, properties, AMQP_SASL_METHOD_PLAIN, user, password);
}

#endif
