#include <capf/session.h>

const char *capf_result_word(enum capf_result r)
{
    static const char *const words[] = {
        [CAPF_R_OPEN] = "open",         [CAPF_R_NOTHING] = "nothing",           [CAPF_R_ISSUED] = "issued",
        [CAPF_R_FETCHED] = "fetched",   [CAPF_R_FETCHED_NONE] = "fetched-none", [CAPF_R_DELETED] = "deleted",
        [CAPF_R_REFUSED] = "refused",   [CAPF_R_DECLINED] = "declined",         [CAPF_R_KEY] = "key",
        [CAPF_R_LATER] = "retry-later", [CAPF_R_PROTOCOL] = "protocol",         [CAPF_R_LOST] = "lost",
    };

    return (unsigned)r < CAPF_RESULT_COUNT ? words[r] : "unknown";
}

const char *capf_session_state_word(enum capf_session_state st)
{
    static const char *const words[] = {
        [CAPF_S_GREETED] = "greeted",   [CAPF_S_AUTHORIZING] = "authorizing", [CAPF_S_KEY] = "key",
        [CAPF_S_ISSUING] = "issuing",   [CAPF_S_STORING] = "storing",         [CAPF_S_FETCHING] = "fetching",
        [CAPF_S_DELETING] = "deleting", [CAPF_S_RECORDING] = "recording",     [CAPF_S_ENDED] = "ended",
    };

    return (unsigned)st < CAPF_SESSION_STATE_COUNT ? words[st] : "unknown";
}
