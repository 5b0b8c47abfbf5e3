/* The PKCS#11 side: runs in the agent's process alone. Every function answers with what the module returned. */
#ifndef TOKEN_MODULE_H
#define TOKEN_MODULE_H

#include "token/wire.h"

/* A slot with a token, of whichever module. */
struct token_slot {
    CK_FUNCTION_LIST *f;
    CK_SLOT_ID id;
    const char *module;
    CK_SESSION_HANDLE session;  /* 0: none */
    bool writes;                /* the session may write */
    CK_TOKEN_INFO info;         /* of the token that was logged in to */
    uint8_t pin[TOKEN_PIN_MAX]; /* kept, when the program asked for that */
    uint32_t pinlen;
};

struct token_slots {
    struct token_slot list[TOKEN_SLOTS_MAX];
    size_t n;
};
extern struct token_slots token_slots;

/* token_module_load(q, a): LOAD. token_module_scan(a): COUNT: slots with a token; those of before keep their place and
 * session. */
void token_module_load(const struct token_question *q, struct token_answer *a);
void token_module_scan(struct token_answer *a);

/* token_module_slot(q, a): the slot that q means, NULL with the answer filled in. token_module_session(s, write, a): a
 * session, opened when there is none. token_module_drop(s): close it: after an error it may be in any state. */
struct token_slot *token_module_slot(const struct token_question *q, struct token_answer *a);
bool token_module_session(struct token_slot *s, bool write, struct token_answer *a);
void token_module_drop(struct token_slot *s);

/* token_module_said(a, function, rv): note it; true when it is CKR_OK. */
bool token_module_said(struct token_answer *a, const char *function, CK_RV rv);

/* token_module_return(s, a): after a token has been away: is the same one there again, and open? Its PIN is tried once
 * more as long as it has never been refused. */
bool token_module_return(struct token_slot *s, struct token_answer *a);

void token_module_info(const struct token_question *q, struct token_answer *a);
void token_module_login(const struct token_question *q, struct token_answer *a);
void token_module_object(const struct token_question *q, struct token_answer *a);
void token_module_find(const struct token_question *q, struct token_answer *a);
void token_module_sign(const struct token_question *q, struct token_answer *a);
void token_module_new_key(const struct token_question *q, struct token_answer *a);
void token_module_put_cert(const struct token_question *q, struct token_answer *a);

/* token_module_describe(s, h, out): all of an object that can be read. */
void token_module_describe(struct token_slot *s, CK_OBJECT_HANDLE h, struct token_object *out);

#endif
