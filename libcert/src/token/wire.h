/* What is said between a program and its agent: one question, one answer, nothing else. Of each what is used is sent;
 * what lies behind is zero. */
#ifndef TOKEN_WIRE_H
#define TOKEN_WIRE_H

#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include <libcert/token.h>

enum token_op {
    TOKEN_OP_LOAD = 1, /* data: module, or nothing for all that are registered */
    TOKEN_OP_COUNT,    /* number: slots with a token */
    TOKEN_OP_INFO,     /* token: info, module in text */
    TOKEN_OP_LOGIN,    /* token, data: PIN; pinpad: none */
    TOKEN_OP_OBJECT,   /* token, number: which */
    TOKEN_OP_FIND,     /* token, id, label: object; number: how many */
    TOKEN_OP_SIGN,     /* token, handle, mechanism, data; with context the PIN of this signature */
    TOKEN_OP_NEW_KEY,  /* token, id, label, number: bits of RSA, 0 with data: OID of the curve */
    TOKEN_OP_PUT_CERT, /* token, id, label, data */
};

enum { TOKEN_PIN_MAX = 256, TOKEN_SLOTS_MAX = 64 };

struct token_question {
    uint32_t op;
    uint32_t token;
    uint64_t number, handle, mechanism;
    uint8_t context, pinpad;
    uint8_t keep;     /* LOGIN: the PIN is kept for when the token has been away; nobody can be asked then */
    uint32_t seconds; /* after which the agent ends itself: a daemon that gave up its rights cannot */
    uint32_t pinlen, idlen, len;
    char label[TOKEN_OBJECT_MAX];
    uint8_t pin[TOKEN_PIN_MAX];
    uint8_t id[TOKEN_ID_MAX];
    uint8_t data[TOKEN_DER_MAX];
};

struct token_answer {
    uint64_t rv;                   /* what the module returned */
    char function[32];             /* from this function */
    char text[VOX_ERROR_TEXT_MAX]; /* LOAD: the loader's words; INFO: the module */
    uint64_t number;
    CK_TOKEN_INFO info;
    uint32_t len;
    uint8_t data[TOKEN_DER_MAX];
    struct token_object object; /* OBJECT, FIND, NEW_KEY: sent with these alone */
};

/* token_question_size(q), token_answer_size(a, op): how many bytes of it are sent. Lengths inside are in bounds. */
static inline size_t token_question_size(const struct token_question *q)
{
    return offsetof(struct token_question, data) + q->len;
}
static inline size_t token_answer_size(const struct token_answer *a, uint32_t op)
{
    const bool object = op == TOKEN_OP_OBJECT || op == TOKEN_OP_FIND || op == TOKEN_OP_NEW_KEY;

    return object ? sizeof *a : offsetof(struct token_answer, data) + a->len;
}

/* token_child(fd): what the agent's process does, until the other end hangs up. Never returns. */
void token_child(int fd) __attribute__((noreturn));

#endif
