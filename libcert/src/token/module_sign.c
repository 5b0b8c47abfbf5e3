/* What a token does: sign, and make keys. */
#include <stdlib.h>
#include <string.h>

#include "token/module.h"

static void sign_once(struct token_slot *s, const struct token_question *q, CK_OBJECT_HANDLE key,
                      struct token_answer *a)
{
    CK_MECHANISM m = {(CK_MECHANISM_TYPE)q->mechanism, NULL, 0};
    CK_ULONG len = sizeof a->data;
    CK_RV rv;

    if (!token_module_session(s, false, a))
        return;
    if (!token_module_said(a, "C_SignInit", s->f->C_SignInit(s->session, &m, key)))
        goto broken;
    if (q->context != 0) {
        rv = q->pinpad != 0
                 ? s->f->C_Login(s->session, CKU_CONTEXT_SPECIFIC, NULL, 0)
                 : s->f->C_Login(s->session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)(uintptr_t)q->pin, q->pinlen);
        if (!token_module_said(a, "C_Login", rv))
            goto broken;
    }
    if (!token_module_said(a, "C_Sign", s->f->C_Sign(s->session, (CK_BYTE *)(uintptr_t)q->data, q->len, a->data, &len)))
        goto broken;
    a->len = len <= sizeof a->data ? (uint32_t)len : 0;
    return;
broken:
    token_module_drop(s); /* the operation that has begun would be in the way of every later one */
}

/* Has the token been away, or has it forgotten us? */
static bool lost(uint64_t rv)
{
    static const CK_RV codes[] = {CKR_DEVICE_REMOVED,     CKR_TOKEN_NOT_PRESENT,  CKR_SESSION_HANDLE_INVALID,
                                  CKR_SESSION_CLOSED,     CKR_USER_NOT_LOGGED_IN, CKR_OBJECT_HANDLE_INVALID,
                                  CKR_KEY_HANDLE_INVALID, CKR_DEVICE_ERROR,       CKR_GENERAL_ERROR,
                                  CKR_FUNCTION_FAILED};

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == rv)
            return true;
    return false;
}

void token_module_sign(const struct token_question *q, struct token_answer *a)
{
    struct token_slot *s = token_module_slot(q, a);
    struct token_answer *again;

    if (s == NULL)
        return;
    sign_once(s, q, (CK_OBJECT_HANDLE)q->handle, a);
    if (!lost(a->rv) || s->pinlen == 0 || !token_module_return(s, a))
        return;
    /* Its objects may have other handles now. */
    if ((again = calloc(1, sizeof *again)) == NULL)
        return;
    token_module_find(q, again);
    if (again->rv == CKR_OK && again->number == 1)
        sign_once(s, q, (CK_OBJECT_HANDLE)again->object.handle, a);
    else
        (void)token_module_said(a, "C_FindObjects", again->rv != CKR_OK ? again->rv : CKR_KEY_HANDLE_INVALID);
    free(again);
}

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

void token_module_new_key(const struct token_question *q, struct token_answer *a)
{
    static CK_BYTE f4[] = {1, 0, 1};
    struct token_slot *s = token_module_slot(q, a);
    CK_ULONG bits = (CK_ULONG)q->number, label = strlen(q->label);
    CK_MECHANISM m = {bits > 0 ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN, NULL, 0};
    void *id = (void *)(uintptr_t)q->id, *name = (void *)(uintptr_t)q->label;
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, sizeof yes},
                             {CKA_PRIVATE, &no, sizeof no},
                             {CKA_VERIFY, &yes, sizeof yes},
                             {CKA_ID, id, q->idlen},
                             {CKA_LABEL, name, label},
                             {0, NULL, 0},
                             {CKA_PUBLIC_EXPONENT, f4, sizeof f4}};
    CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, sizeof yes},
                              {CKA_PRIVATE, &yes, sizeof yes},
                              {CKA_SENSITIVE, &yes, sizeof yes},
                              {CKA_EXTRACTABLE, &no, sizeof no},
                              {CKA_SIGN, &yes, sizeof yes},
                              {CKA_DECRYPT, &no, sizeof no},
                              {CKA_ID, id, q->idlen},
                              {CKA_LABEL, name, label}};
    const CK_ULONG nprivate = sizeof private / sizeof *private;
    CK_OBJECT_HANDLE pub, priv;

    if (s == NULL || !token_module_session(s, true, a))
        return;
    public[5] = bits > 0 ? (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof bits}
                         : (CK_ATTRIBUTE){CKA_EC_PARAMS, (void *)(uintptr_t)q->data, q->len};
    if (token_module_said(
            a, "C_GenerateKeyPair",
            s->f->C_GenerateKeyPair(s->session, &m, public, bits > 0 ? 7 : 6, private, nprivate, &pub, &priv)))
        token_module_describe(s, priv, &a->object);
}

void token_module_put_cert(const struct token_question *q, struct token_answer *a)
{
    struct token_slot *s = token_module_slot(q, a);
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_ATTRIBUTE t[] = {{CKA_CLASS, &class, sizeof class},
                        {CKA_CERTIFICATE_TYPE, &type, sizeof type},
                        {CKA_TOKEN, &yes, sizeof yes},
                        {CKA_PRIVATE, &no, sizeof no},
                        {CKA_ID, (void *)(uintptr_t)q->id, q->idlen},
                        {CKA_LABEL, (void *)(uintptr_t)q->label, strlen(q->label)},
                        {CKA_SUBJECT, NULL, 0},
                        {CKA_VALUE, (void *)(uintptr_t)q->data, q->len}};
    CK_OBJECT_HANDLE h;

    if (s == NULL || !token_module_session(s, true, a))
        return;
    /* The subject stands behind the certificate: its length in number. */
    if (q->number > 0 && q->number < q->len) {
        t[7].ulValueLen = (CK_ULONG)(q->len - q->number);
        t[6].pValue = (void *)(uintptr_t)(q->data + t[7].ulValueLen);
        t[6].ulValueLen = (CK_ULONG)q->number;
    }
    (void)token_module_said(a, "C_CreateObject", s->f->C_CreateObject(s->session, t, sizeof t / sizeof *t, &h));
}
