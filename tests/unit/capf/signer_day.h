/* One day of a signer, whatever goes wrong in it: for the tests of its faults. */
#ifndef UNIT_CAPF_SIGNER_DAY_H
#define UNIT_CAPF_SIGNER_DAY_H

#include "signing.h"

/* Two certificates, one recorded, one asked for again, a group of three. */
static struct capf_request *day_requests; /* made once: their keys are in DER already */
enum { DAY_REQUESTS = 5 };

static void send_request(int i)
{
    const struct ipc_message m = {.type = IPC_ISSUE, .request = day_requests[i]};

    send_to_signer(&m);
}

__attribute__((unused)) static void live_through_a_day(void)
{
    send_request(0);
    sign_service.settle(NULL);
    send_request(1);
    sign_service.settle(NULL);
    send_recorded(day_requests[0].id);
    send_request(1);
    sign_service.settle(NULL);
    sign_service.tick(NULL);
    for (int i = 2; i < DAY_REQUESTS; i++)
        send_request(i);
    sign_service.settle(NULL);
    send_recorded(day_requests[2].id);
    sign_service.settle(NULL);
    sign_service.tick(NULL);
}

enum { DAY_ANSWERS = 6 };

/* Every certificate that was handed out is in the journal, byte for byte, and handed out again. */
__attribute__((unused)) static void assert_known(const struct given *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct sign_request *q;
        struct bytes der;

        if (list[i].type != IPC_ISSUED)
            continue;
        q = sign_known_find(&signer.known, list[i].id);
        if (q == NULL || q->length != list[i].len)
            fail_msg("a certificate was handed out that the journal does not know");
        assert_int_equal(sign_journal_certificate(signer.journal, q, &der, &why), VOX_OK);
        assert_memory_equal(der.data, list[i].der, der.len);
        bytes_free(&der);
    }
}

/* Every request is answered now, with what was handed out before if there was anything. */
__attribute__((unused)) static void assert_goes_on(const struct given *before, size_t n)
{
    for (int i = 0; i < DAY_REQUESTS; i++) {
        nanswers = 0;
        send_request(i);
        sign_service.settle(NULL);
        assert_int_equal(nanswers, 1);
        assert_last(IPC_ISSUED);
        assert_certificate(last());
        for (size_t k = 0; k < n; k++)
            if (before[k].type == IPC_ISSUED && memcmp(before[k].id, last()->id, CAPF_REQUEST_ID_LEN) == 0)
                assert_memory_equal(before[k].der, last()->der, last()->len);
    }
}

static int make_day(void **state)
{
    int failed = make_folder(state);

    day_requests = calloc(DAY_REQUESTS, sizeof *day_requests);
    for (int i = 0; i < DAY_REQUESTS; i++)
        day_requests[i] = ask("SEP000000000001", i % 3, i);
    return failed;
}

static int free_day(void **state)
{
    for (int i = 0; i < DAY_REQUESTS; i++)
        free_request(&day_requests[i]);
    free(day_requests);
    return remove_folder(state);
}

#endif
