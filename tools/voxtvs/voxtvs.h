/* The verbs of voxtvs and the session with a responder that they share. */
#ifndef VOXTVS_H
#define VOXTVS_H

#include <stdbool.h>

#include <jansson.h>

#include <cli/verb.h>
#include <libcert/cert.h>
#include <tvs/message.h>

int voxtvs_verify(struct cli_common *common, int argc, char **argv);
int voxtvs_query(struct cli_common *common, int argc, char **argv);

/* Options that both verbs have; argp keys are shared. */
struct session_args {
    const char *target;  /* HOST[:PORT] */
    const char *trust;   /* certificate, bundle, CTL or ITL; NULL: --insecure must be given */
    const char *device;  /* as a phone names itself */
    const char *tls_min; /* "1.0" to "1.3"; NULL: 1.2 */
    bool insecure;
    unsigned timeout_s;
};

enum { SESSION_OPT_TRUST = 0x300, SESSION_OPT_DEVICE, SESSION_OPT_TLS_MIN, SESSION_OPT_INSECURE, SESSION_OPT_TIMEOUT };
#define SESSION_OPTIONS                                                                                                 \
    {"trust",                                                                                                           \
     SESSION_OPT_TRUST,                                                                                                 \
     "FILE",                                                                                                            \
     0,                                                                                                                 \
     "whom to believe: the server's certificate, a bundle of CAs, or a CTL or ITL",                                     \
     0},                                                                                                                \
        {"device", SESSION_OPT_DEVICE, "NAME", 0, "device name to send (default CP-8841-SEP000000000000)", 0},          \
        {"tls-min", SESSION_OPT_TLS_MIN, "VERSION", 0, "oldest TLS to speak: 1.0, 1.1, 1.2 (default) or 1.3", 0},       \
        {"insecure", SESSION_OPT_INSECURE, NULL, 0, "talk to a server whoever it is: for looking, never for believing", \
         0},                                                                                                            \
    {                                                                                                                   \
        "timeout", SESSION_OPT_TIMEOUT, "SECONDS", 0, "for connecting and for each answer (default 10)", 0              \
    }

/* session_parse(key, arg, state, a): true when the option was one of these. session_check(state, a): at ARGP_KEY_END.
 */
bool session_parse(int key, char *arg, struct argp_state *state, struct session_args *a);
void session_check(struct argp_state *state, const struct session_args *a);

struct session;

/* session_open(common, a, out, err): connect to the responder. Errors: VOX_E_NO not the server that trust names,
 * VOX_E_IO, ... Close with session_close(). */
enum vox_err session_open(struct cli_common *common, const struct session_args *a, struct session **out,
                          struct vox_error *err);
void session_close(struct session **s); /* NULL is fine */

/* session_ask(s, request, reply, err): tvs_session_ask(). */
enum vox_err session_ask(struct session *s, struct tvs_message *request, struct tvs_message *reply,
                         struct vox_error *err);

/* answer_json(reply), answer_text(reply, out, outlen): status, roles, ttl. */
json_t *answer_json(const struct tvs_message *reply);
void answer_text(const struct tvs_message *reply, char *out, size_t outlen);

#endif
