/* CAPF messages under construction, right and wrong, and a right value for each element. */
#ifndef UNIT_CAPF_DRAFT_H
#define UNIT_CAPF_DRAFT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <capf/message.h>
#include <libcert/tlv.h>

#include "message_table.h"

#define VIEW(text) ((struct bytes_view){(const uint8_t *)(text), sizeof(text) - 1})

enum { BODY_MAX = 65535 };

/* A message under construction; the header is filled in at the end. */
struct draft {
    uint8_t data[CAPF_MESSAGE_MAX + 8];
    size_t len;
};

static void draft_start(struct draft *d, uint8_t command)
{
    const uint8_t head[CAPF_HEADER_LEN] = {CAPF_PROTOCOL_ID, command, 0x12, 0x34, 0x56, 0x78, 0, 0};

    memcpy(d->data, head, sizeof head);
    d->len = sizeof head;
}

static void draft_tlv(struct draft *d, uint8_t tag, size_t claimed, const void *value, size_t len)
{
    assert_true(d->len + 3 + len <= sizeof d->data);
    d->data[d->len++] = tag;
    d->data[d->len++] = (uint8_t)(claimed >> 8);
    d->data[d->len++] = (uint8_t)claimed;
    if (len > 0)
        memcpy(d->data + d->len, value, len);
    d->len += len;
}

static void draft_end(struct draft *d)
{
    d->data[6] = (uint8_t)((d->len - CAPF_HEADER_LEN) >> 8);
    d->data[7] = (uint8_t)(d->len - CAPF_HEADER_LEN);
}

/* A value that is right for each element. */
struct sample {
    uint8_t tag;
    const char *value;
    size_t len;
};
#define SAMPLE(tag, text)           \
    {                               \
        tag, text, sizeof(text) - 1 \
    }
static const struct sample samples[] = {
    SAMPLE(CAPF_REASON, "\1"),
    SAMPLE(CAPF_REASON_INFO, "why"),
    SAMPLE(CAPF_CERTIFICATE_TYPE, "\1"),
    SAMPLE(CAPF_CERTIFICATE, "\1\0\7\0\2DER.."),
    SAMPLE(CAPF_CERTIFICATE_ID, "id"),
    SAMPLE(CAPF_SIGNED_DATA, "signature"),
    SAMPLE(CAPF_VERSION, "\3"),
    SAMPLE(CAPF_AUTH_TYPE, "\0"),
    SAMPLE(CAPF_PUBLIC_KEY, "key"),
    SAMPLE(CAPF_KEY_SIZE, "\x08\0"),
    SAMPLE(CAPF_PASSWORD, "1234\0"),
    SAMPLE(CAPF_RETRY_DELAY, "\0\0\0\x3c"),
    SAMPLE(CAPF_DEVICE_NAME, "SEP001122334455\0"),
    SAMPLE(CAPF_SUDI_DATA, "\0\0\3DER\1\0\2s1\3\0\4s512"),
    SAMPLE(CAPF_KEY_TYPE, "\1"),
    SAMPLE(CAPF_CURVE, "\2"),
    SAMPLE(CAPF_DIGEST_TYPE, "\2"),
    SAMPLE(CAPF_SHA2_SIGNED_DATA, "\3\0\4s512"),
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static struct draft draft; /* large: not on the stack */
static unsigned ncases;

static bool accepted(struct capf_message *m, struct vox_error *err)
{
    enum vox_err code;

    ncases++;
    draft_end(&draft);
    memset(m, 0xa5, sizeof *m); /* what the reader does not set must not look set */
    *err = (struct vox_error){0};
    code = capf_message_read(draft.data, draft.len, m, err);
    if (code != VOX_OK) {
        assert_int_equal(code, VOX_E_INPUT);
        assert_memory_equal(err->text, "capf.md ", 8); /* every refusal cites its section */
    }
    return code == VOX_OK;
}

#define assert_refused(words)                                       \
    do {                                                            \
        struct capf_message m_;                                     \
        struct vox_error e_;                                        \
        if (accepted(&m_, &e_))                                     \
            fail_msg("accepted: %s", words);                        \
        if (strstr(e_.text, words) == NULL)                         \
            fail_msg("\"%s\" does not say \"%s\"", e_.text, words); \
    } while (0)

static const struct sample *sample_of(uint8_t tag)
{
    for (size_t i = 0; i < SAMPLES; i++)
        if (samples[i].tag == tag)
            return &samples[i];
    fail_msg("no sample of element %u", tag);
    return NULL;
}

static void add_sample(const struct sample *s)
{
    draft_tlv(&draft, s->tag, s->len, s->value, s->len);
}

/* Read, write, read: the same in all that was understood. */
static void assert_round_trip(const struct capf_message *m)
{
    struct capf_message again;
    struct bytes out, twice;
    struct vox_error err;

    assert_int_equal(capf_message_write(m, &out, &err), VOX_OK);
    assert_int_equal(capf_message_read(out.data, out.len, &again, &err), VOX_OK);
    assert_int_equal(again.command, m->command);
    assert_int_equal(again.session, m->session);
    assert_int_equal(again.present, m->present);
    assert_int_equal(capf_message_write(&again, &twice, &err), VOX_OK);
    assert_true(bytes_equal(bytes_view_of(&out), bytes_view_of(&twice)));
    bytes_free(&out);
    bytes_free(&twice);
}

#endif
