/* Messages between processes: every type there and back, and nothing that is not exactly one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../daemon/ipc.c"

static const uint8_t payload[] = "a whole message";

static struct ipc_message sample(uint8_t type)
{
    struct ipc_message m = {
        .type = type,
        .connection = UINT64_C(0x0123456789abcdef),
        .text = "192.0.2.7:51234",
        .legacy = true,
        .end = true,
        .all = true,
        .recorded = true,
        .wait_s = 1800,
        .bytes = {payload, sizeof payload},
        .request = {.device = "SEP001122334455", .ordered = {.type = KEY_EC, .curve = "P-384"}},
    };

    for (size_t i = 0; i < sizeof m.request.id; i++)
        m.request.id[i] = (uint8_t)(0xa0 + i);
    for (size_t i = 0; i < sizeof m.request.evidence; i++)
        m.request.evidence[i] = (uint8_t)i;
    m.request.public_key = (struct bytes_view){payload, sizeof payload};
    return m;
}

static struct bytes written(const struct ipc_message *m)
{
    struct bytes out;
    struct vox_error err;

    if (ipc_write(m, &out, &err) != VOX_OK)
        fail_msg("type %u: %s", m->type, err.text);
    return out;
}

static void there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < NMESSAGES; i++) {
        const unsigned f = messages[i].fields;
        struct ipc_message m = sample(messages[i].type), out;
        struct bytes wire = written(&m), again;
        struct vox_error err;

        memset(&out, 0xa5, sizeof out);
        assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_OK);
        assert_int_equal(out.type, m.type);
        assert_true(out.connection == (f & F_CONNECTION ? m.connection : 0));
        assert_string_equal(out.text, f & F_TEXT ? m.text : "");
        assert_int_equal(out.legacy, (f & F_LEGACY) != 0);
        assert_int_equal(out.end, (f & F_END) != 0);
        assert_int_equal(out.all, (f & F_ALL) != 0);
        assert_int_equal(out.recorded, (f & F_RECORDED) != 0);
        assert_int_equal(out.wait_s, f & F_WAIT ? m.wait_s : 0);
        assert_string_equal(out.request.device, f & F_DEVICE ? m.request.device : "");
        if (f & F_ID)
            assert_memory_equal(out.request.id, m.request.id, sizeof m.request.id);
        if (f & F_BYTES)
            assert_true(bytes_equal(out.bytes, m.bytes));
        if (f & F_ORDER) {
            assert_int_equal(out.request.ordered.type, KEY_EC);
            assert_string_equal(out.request.ordered.curve, "P-384");
            assert_true(bytes_equal(out.request.public_key, m.request.public_key));
            assert_memory_equal(out.request.evidence, m.request.evidence, sizeof m.request.evidence);
        }
        again = written(&out);
        assert_true(bytes_equal(bytes_view_of(&wire), bytes_view_of(&again)));
        bytes_free(&again);
        bytes_free(&wire);
    }
}

static void orders(void **state)
{
    static const char *const names[] = {"P-256", "P-384", "P-521"};
    struct ipc_message m = sample(IPC_ISSUE), out;
    struct vox_error err;
    struct bytes wire;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        m.request.ordered.curve = names[i];
        wire = written(&m);
        assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_OK);
        assert_string_equal(out.request.ordered.curve, names[i]);
        bytes_free(&wire);
    }
    m.request.ordered = (struct key_spec){.type = KEY_RSA, .rsa_bits = 4096};
    wire = written(&m);
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_OK);
    assert_int_equal(out.request.ordered.type, KEY_RSA);
    assert_int_equal(out.request.ordered.rsa_bits, 4096);
    bytes_free(&wire);
    m.request.ordered = (struct key_spec){.type = KEY_EC, .curve = "P-224"};
    assert_int_equal(ipc_write(&m, &wire, &err), VOX_E_INPUT);
    m.request.ordered.curve = NULL;
    assert_int_equal(ipc_write(&m, &wire, &err), VOX_E_INPUT);
}

/* Every truncation, and a byte too many. */
static void not_exactly_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < NMESSAGES; i++) {
        struct ipc_message m = sample(messages[i].type), out;
        struct bytes wire = written(&m);
        uint8_t *longer = malloc(wire.len + 1);
        struct vox_error err;

        for (size_t cut = 0; cut < wire.len; cut++) {
            uint8_t *exact = malloc(cut > 0 ? cut : 1); /* so that a sanitizer sees a byte too far */

            memcpy(exact, wire.data, cut);
            assert_int_equal(ipc_read((struct bytes_view){exact, cut}, &out, &err), VOX_E_INPUT);
            free(exact);
        }
        memcpy(longer, wire.data, wire.len);
        longer[wire.len] = 0;
        assert_int_equal(ipc_read((struct bytes_view){longer, wire.len + 1}, &out, &err), VOX_E_INPUT);
        assert_non_null(strstr(err.text, messages[i].name));
        free(longer);
        bytes_free(&wire);
    }
}

static void unknown_types(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        const uint8_t data[] = {(uint8_t)type};
        struct ipc_message m = sample((uint8_t)type), out;
        struct vox_error err;
        struct bytes wire;

        if (message_find((uint8_t)type) < NMESSAGES)
            continue;
        assert_int_equal(ipc_read((struct bytes_view){data, 1}, &out, &err), VOX_E_INPUT);
        assert_int_equal(ipc_write(&m, &wire, &err), VOX_E_INPUT);
        assert_null(wire.data);
    }
}

/* What a field may hold. */
static void wrong_fields(void **state)
{
    static uint8_t large[SERVE_LINK_MAX + 1];
    struct ipc_message m = sample(IPC_ISSUE), out;
    struct bytes wire;
    struct vox_error err;

    (void)state;
    (void)strcpy(m.request.device, "../etc");
    assert_int_equal(ipc_write(&m, &wire, &err), VOX_E_INPUT);
    m = sample(IPC_ISSUE);
    m.request.public_key.len = 0;
    assert_int_equal(ipc_write(&m, &wire, &err), VOX_E_INPUT);
    m.request.public_key = (struct bytes_view){large, CAPF_SPKI_MAX + 1};
    assert_int_equal(ipc_write(&m, &wire, &err), VOX_E_INPUT);
    assert_non_null(strstr(err.text, "2049 bytes"));
    m.request.public_key.len = CAPF_SPKI_MAX;
    wire = written(&m);
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_OK);
    wire.data[1 + 16] = 16; /* one more than a device's name has room for */
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_E_INPUT);
    wire.data[1 + 16] = 15;
    wire.data[1 + 16 + 1] = 's';
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_E_INPUT);
    wire.data[1 + 16 + 1] = 'S';
    wire.data[1 + 16 + 16] = 2; /* neither RSA nor EC */
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_E_INPUT);
    wire.data[1 + 16 + 16] = 1;
    wire.data[1 + 16 + 18] = 3; /* no curve */
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_E_INPUT);
    bytes_free(&wire);
    m = sample(IPC_FRAME);
    m.bytes = (struct bytes_view){large, SERVE_LINK_MAX};
    assert_int_equal(ipc_write(&m, &wire, &err), VOX_E_INPUT);
    m.bytes.len = SERVE_LINK_MAX - 13;
    wire = written(&m);
    assert_int_equal(wire.len, SERVE_LINK_MAX);
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_OK);
    bytes_free(&wire);
    assert_int_equal(ipc_read((struct bytes_view){large, sizeof large}, &out, &err), VOX_E_INPUT);
    m = sample(IPC_OPENED);
    wire = written(&m);
    wire.data[wire.len - 1] = 2; /* neither true nor false */
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_E_INPUT);
    wire.data[wire.len - 1] = 1;
    wire.data[10] = '\0'; /* inside the text */
    assert_int_equal(ipc_read(bytes_view_of(&wire), &out, &err), VOX_E_INPUT);
    bytes_free(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back), cmocka_unit_test(orders),       cmocka_unit_test(not_exactly_one),
        cmocka_unit_test(unknown_types),  cmocka_unit_test(wrong_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
