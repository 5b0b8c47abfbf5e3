#include "token/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/crypto.h>
#include <p11-kit/p11-kit.h>

enum { MODULES_MAX = 16 };

struct token_slots token_slots;

static struct {
    CK_FUNCTION_LIST *f;
    char *name;
} modules[MODULES_MAX];
static size_t nmodules;

bool token_module_said(struct token_answer *a, const char *function, CK_RV rv)
{
    a->rv = rv;
    (void)snprintf(a->function, sizeof a->function, "%s", function);
    return rv == CKR_OK;
}

static void load_failed(struct token_answer *a)
{
    const char *words = p11_kit_message();

    (void)token_module_said(a, "load", CKR_GENERAL_ERROR);
    (void)snprintf(a->text, sizeof a->text, "%s", words != NULL ? words : "it cannot be loaded");
}

static void load_one(const char *path, struct token_answer *a)
{
    CK_FUNCTION_LIST *f;
    CK_RV rv;

    if ((f = p11_kit_module_load(path, P11_KIT_MODULE_UNMANAGED)) == NULL) {
        load_failed(a);
        return;
    }
    rv = p11_kit_module_initialize(f);
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        (void)token_module_said(a, "C_Initialize", rv);
        return;
    }
    modules[0].f = f;
    modules[0].name = strdup(path);
    nmodules = 1;
}

/* One that does not come up is left out by p11-kit; the others work. */
static void load_registered(struct token_answer *a)
{
    CK_FUNCTION_LIST **list = p11_kit_modules_load_and_initialize(0);

    if (list == NULL) {
        load_failed(a);
        return;
    }
    for (size_t i = 0; list[i] != NULL && nmodules < MODULES_MAX; i++) {
        modules[nmodules].f = list[i];
        modules[nmodules++].name = p11_kit_module_get_name(list[i]);
    }
}

void token_module_load(const struct token_question *q, struct token_answer *a)
{
    char path[TOKEN_MODULE_MAX] = "";

    if (nmodules > 0 || q->len >= sizeof path)
        return;
    memcpy(path, q->data, q->len);
    if (path[0] != '\0')
        load_one(path, a);
    else
        load_registered(a);
}

static struct token_slot *known(const CK_FUNCTION_LIST *f, CK_SLOT_ID id)
{
    for (size_t i = 0; i < token_slots.n; i++)
        if (token_slots.list[i].f == f && token_slots.list[i].id == id)
            return &token_slots.list[i];
    return NULL;
}

static CK_RV scan_module(size_t which)
{
    CK_FUNCTION_LIST *f = modules[which].f;
    CK_SLOT_ID ids[TOKEN_SLOTS_MAX];
    CK_ULONG n = TOKEN_SLOTS_MAX;
    /* The list may grow between the question for its length and that for it: it is asked for at once. */
    CK_RV rv = f->C_GetSlotList(CK_TRUE, ids, &n);

    if (rv != CKR_OK)
        return rv;
    for (CK_ULONG i = 0; i < n && i < TOKEN_SLOTS_MAX; i++)
        if (known(f, ids[i]) == NULL && token_slots.n < TOKEN_SLOTS_MAX)
            token_slots.list[token_slots.n++] = (struct token_slot){
                .f = f, .id = ids[i], .module = modules[which].name != NULL ? modules[which].name : ""};
    return CKR_OK;
}

void token_module_scan(struct token_answer *a)
{
    CK_RV failed = CKR_OK;
    size_t good = 0;

    for (size_t i = 0; i < nmodules; i++) {
        const CK_RV rv = scan_module(i);

        if (rv == CKR_OK)
            good++;
        else
            failed = rv;
    }
    (void)token_module_said(a, "C_GetSlotList", good > 0 ? CKR_OK : failed);
    a->number = token_slots.n;
}

struct token_slot *token_module_slot(const struct token_question *q, struct token_answer *a)
{
    if (q->token < token_slots.n)
        return &token_slots.list[q->token];
    (void)token_module_said(a, "", CKR_SLOT_ID_INVALID);
    return NULL;
}

void token_module_drop(struct token_slot *s)
{
    if (s->session != 0)
        (void)s->f->C_CloseSession(s->session);
    s->session = 0;
}

bool token_module_session(struct token_slot *s, bool write, struct token_answer *a)
{
    CK_SESSION_HANDLE fresh = 0;
    CK_RV rv;

    if (s->session != 0 && (s->writes || !write))
        return true;
    rv = s->f->C_OpenSession(s->id, CKF_SERIAL_SESSION | (write ? CKF_RW_SESSION : 0), NULL, NULL, &fresh);
    if (!token_module_said(a, "C_OpenSession", rv))
        return false;
    /* The old one goes after the new one has come: with its last session a token forgets the login. */
    token_module_drop(s);
    s->session = fresh;
    s->writes = write;
    return true;
}

void token_module_info(const struct token_question *q, struct token_answer *a)
{
    struct token_slot *s = token_module_slot(q, a);

    if (s == NULL)
        return;
    (void)snprintf(a->text, sizeof a->text, "%s", s->module);
    (void)token_module_said(a, "C_GetTokenInfo", s->f->C_GetTokenInfo(s->id, &a->info));
}

void token_module_login(const struct token_question *q, struct token_answer *a)
{
    struct token_slot *s = token_module_slot(q, a);
    CK_RV rv;

    if (s == NULL || !token_module_session(s, false, a))
        return;
    rv = q->pinpad != 0 ? s->f->C_Login(s->session, CKU_USER, NULL, 0)
                        : s->f->C_Login(s->session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)q->pin, q->pinlen);
    if (rv == CKR_USER_ALREADY_LOGGED_IN)
        rv = CKR_OK;
    if (!token_module_said(a, "C_Login", rv)) {
        token_module_drop(s);
    } else if (q->keep != 0 && s->f->C_GetTokenInfo(s->id, &s->info) == CKR_OK) {
        (void)mlock(s->pin, sizeof s->pin); /* where that is not allowed, it stays in memory that no core file gets */
        memcpy(s->pin, q->pin, sizeof s->pin);
        s->pinlen = q->pinlen;
    }
}

static bool same_token(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b)
{
    return memcmp(a->serialNumber, b->serialNumber, sizeof a->serialNumber) == 0 &&
           memcmp(a->label, b->label, sizeof a->label) == 0 && memcmp(a->model, b->model, sizeof a->model) == 0;
}

bool token_module_return(struct token_slot *s, struct token_answer *a)
{
    const CK_FLAGS no_try = CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED | CKF_USER_PIN_TO_BE_CHANGED;
    CK_TOKEN_INFO now;
    CK_RV rv;

    token_module_drop(s);
    if (s->pinlen == 0 || !token_module_said(a, "C_GetTokenInfo", s->f->C_GetTokenInfo(s->id, &now)))
        return false;
    if (!same_token(&now, &s->info) || (now.flags & no_try) != 0)
        return token_module_said(a, "C_GetTokenInfo",
                                 same_token(&now, &s->info) ? CKR_USER_NOT_LOGGED_IN : CKR_TOKEN_NOT_PRESENT);
    if (!token_module_session(s, false, a))
        return false;
    rv = s->f->C_Login(s->session, CKU_USER, s->pin, s->pinlen);
    if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_EXPIRED ||
        rv == CKR_PIN_LOCKED) {
        OPENSSL_cleanse(s->pin, sizeof s->pin); /* refused once: never again */
        s->pinlen = 0;
    }
    return token_module_said(a, "C_Login", rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv);
}
