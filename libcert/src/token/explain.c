#include "token/explain.h"

#include <stdio.h>
#include <string.h>

/* %s is the token: 'the token "SAST1" (serial number 123)'. */
static const struct {
    CK_RV rv;
    const char *name;
    enum vox_err code;
    const char *sentence;
} rows[] = {
#define ROW(rv, code, sentence) \
    {                           \
        rv, #rv, code, sentence \
    }
    ROW(CKR_CRYPTOKI_NOT_INITIALIZED, VOX_E_IO, "the PKCS#11 module was shut down under %s"),
    ROW(CKR_SLOT_ID_INVALID, VOX_E_IO, "%s is not plugged in any more"),
    ROW(CKR_TOKEN_NOT_PRESENT, VOX_E_IO, "%s is not plugged in"),
    ROW(CKR_TOKEN_NOT_RECOGNIZED, VOX_E_IO,
        "the reader answers, but this module does not know the kind of %s: name the vendor's module"),
    ROW(CKR_DEVICE_REMOVED, VOX_E_IO, "%s was pulled out; nothing was written"),
    ROW(CKR_DEVICE_ERROR, VOX_E_IO,
        "%s reports a fault: unplug it, plug it in again, try once more; then take the other token"),
    ROW(CKR_DEVICE_MEMORY, VOX_E_IO,
        "%s has no room left: unplug it, plug it in again, try once more; then take the other token"),
    ROW(CKR_GENERAL_ERROR, VOX_E_IO,
        "%s reports a fault that it does not name: unplug it, plug it in again, try once more; then take the other "
        "token"),
    ROW(CKR_FUNCTION_FAILED, VOX_E_IO,
        "%s could not do it: unplug it, plug it in again, try once more; then take the other token"),
    ROW(CKR_HOST_MEMORY, VOX_E_MEMORY, "the PKCS#11 module has no memory for %s"),
    ROW(CKR_PIN_INCORRECT, VOX_E_INPUT, "wrong PIN for %s"),
    ROW(CKR_PIN_INVALID, VOX_E_INPUT, "the PIN has characters that %s does not take; it may have counted as a try"),
    ROW(CKR_PIN_LEN_RANGE, VOX_E_INPUT, "the PIN is too short or too long for %s; it may have counted as a try"),
    ROW(CKR_PIN_EXPIRED, VOX_E_IO, "the PIN of %s has to be changed first, with the vendor's tool"),
    ROW(CKR_PIN_LOCKED, VOX_E_IO,
        "the PIN of %s is locked: whoever has its administrator (SO) password can unlock it; without one take the "
        "other token"),
    ROW(CKR_USER_PIN_NOT_INITIALIZED, VOX_E_IO, "%s has no user PIN yet: set one with the vendor's tool"),
    ROW(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, VOX_E_IO, "%s is open for its administrator (SO) at this moment"),
    ROW(CKR_USER_TOO_MANY_TYPES, VOX_E_IO, "%s is open for somebody else at this moment"),
    ROW(CKR_USER_NOT_LOGGED_IN, VOX_E_IO, "%s wants its PIN again: it has closed what was open"),
    ROW(CKR_CANCEL, VOX_E_NO, "the PIN was not entered on the reader of %s: cancelled"),
    ROW(CKR_FUNCTION_CANCELED, VOX_E_NO, "cancelled on the reader of %s"),
    ROW(CKR_FUNCTION_REJECTED, VOX_E_NO, "refused by the person at %s"),
    ROW(CKR_FUNCTION_NOT_SUPPORTED, VOX_E_IO, "the PKCS#11 module lacks a function that is needed for %s"),
    ROW(CKR_SESSION_CLOSED, VOX_E_IO, "the connection to %s was lost; start again"),
    ROW(CKR_SESSION_HANDLE_INVALID, VOX_E_IO, "the connection to %s was lost; start again"),
    ROW(CKR_OBJECT_HANDLE_INVALID, VOX_E_IO, "%s does not find its key any more; start again"),
    ROW(CKR_KEY_HANDLE_INVALID, VOX_E_IO, "%s does not find its key any more; start again"),
    ROW(CKR_SESSION_COUNT, VOX_E_IO, "%s has no connection to spare: close the other programs that use it"),
    ROW(CKR_OPERATION_ACTIVE, VOX_E_IO, "%s has an unfinished signature in its way; start again"),
    ROW(CKR_MECHANISM_INVALID, VOX_E_INPUT, "%s cannot make this kind of signature or key"),
    ROW(CKR_MECHANISM_PARAM_INVALID, VOX_E_INPUT, "%s cannot make this kind of signature or key"),
    ROW(CKR_KEY_SIZE_RANGE, VOX_E_INPUT, "%s has, or makes, no key of this size for that"),
    ROW(CKR_KEY_TYPE_INCONSISTENT, VOX_E_INPUT, "the key on %s is of another kind than this signature needs"),
    ROW(CKR_KEY_FUNCTION_NOT_PERMITTED, VOX_E_INPUT, "the key on %s may not sign (CKA_SIGN)"),
    ROW(CKR_DATA_INVALID, VOX_E_INPUT, "%s does not sign this digest: an old token takes SHA-1 or SHA-256 only"),
    ROW(CKR_DATA_LEN_RANGE, VOX_E_INPUT,
        "%s does not sign a digest of this length: an old token takes SHA-1 or SHA-256 only"),
    ROW(CKR_BUFFER_TOO_SMALL, VOX_E_IO, "%s answers with more than a signature can have"),
    ROW(CKR_TOKEN_WRITE_PROTECTED, VOX_E_IO, "%s cannot be written to"),
    ROW(CKR_SESSION_READ_ONLY, VOX_E_IO, "%s cannot be written to at this moment"),
    ROW(CKR_ATTRIBUTE_VALUE_INVALID, VOX_E_IO, "%s does not take such an object"),
    ROW(CKR_TEMPLATE_INCONSISTENT, VOX_E_IO, "%s does not take such an object"),
    ROW(CKR_DOMAIN_PARAMS_INVALID, VOX_E_INPUT, "%s does not know this curve"),
    ROW(CKR_CURVE_NOT_SUPPORTED, VOX_E_INPUT, "%s does not know this curve"),
#undef ROW
};

enum vox_err token_explain(const struct token_answer *a, const struct token_info *t, struct vox_error *err)
{
    char token[2 * TOKEN_TEXT_MAX + 40] = "the token", sentence[VOX_ERROR_TEXT_MAX];
    const char *name = "a code that the standard does not have", *text = NULL;
    enum vox_err code = VOX_E_IO;

    if (a->rv == CKR_OK)
        return VOX_OK;
    if (t != NULL)
        (void)snprintf(token, sizeof token, "the token \"%s\" (serial number %s)", t->label, t->serial);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].rv == a->rv) {
            name = rows[i].name;
            code = rows[i].code;
            text = rows[i].sentence;
        }
    }
    if (text == NULL)
        text = (a->rv & CKR_VENDOR_DEFINED) != 0 ? "%s reports a code of its vendor: see the vendor's documentation"
                                                 : "%s reports something that cannot be put into words";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(sentence, sizeof sentence, text, token);
#pragma GCC diagnostic pop
    code = vox_fail(err, code, "%s (%s: 0x%llX%s%s)", sentence, a->function[0] != '\0' ? a->function : "PKCS#11",
                    (unsigned long long)a->rv, text != NULL && (a->rv & CKR_VENDOR_DEFINED) == 0 ? ", " : "",
                    (a->rv & CKR_VENDOR_DEFINED) == 0 ? name : "");
    return code;
}
