#include "counters.h"

#define SESSIONS(result)                                                           \
    {                                                                              \
        "sessions_total{result=\"" result "\"}", "CAPF sessions, by result", false \
    }

const struct serve_counter counters[COUNTERS] = {
    [COUNT_SESSIONS + CAPF_R_NOTHING - 1] = SESSIONS("nothing"),
    [COUNT_SESSIONS + CAPF_R_ISSUED - 1] = SESSIONS("issued"),
    [COUNT_SESSIONS + CAPF_R_FETCHED - 1] = SESSIONS("fetched"),
    [COUNT_SESSIONS + CAPF_R_FETCHED_NONE - 1] = SESSIONS("fetched-none"),
    [COUNT_SESSIONS + CAPF_R_DELETED - 1] = SESSIONS("deleted"),
    [COUNT_SESSIONS + CAPF_R_REFUSED - 1] = SESSIONS("refused"),
    [COUNT_SESSIONS + CAPF_R_DECLINED - 1] = SESSIONS("declined"),
    [COUNT_SESSIONS + CAPF_R_KEY - 1] = SESSIONS("key"),
    [COUNT_SESSIONS + CAPF_R_LATER - 1] = SESSIONS("retry-later"),
    [COUNT_SESSIONS + CAPF_R_PROTOCOL - 1] = SESSIONS("protocol"),
    [COUNT_SESSIONS + CAPF_R_LOST - 1] = SESSIONS("lost"),
    [COUNT_ISSUES] = {"issues_total", "Certificates handed to phones", false},
    [COUNT_ISSUE_MILLISECONDS] = {"issue_milliseconds_total", "From public keys to their certificates, in all", false},
    [COUNT_SIGNED] = {"signer_issued_total", "Certificates that the signer made", false},
    [COUNT_SIGN_REFUSED] = {"signer_refused_total", "Requests that the signer refused: key, name, caps", false},
    [COUNT_SIGN_FAILED] = {"signer_failed_total", "Requests that the signer could not serve: disk, token", false},
    [COUNT_ROUNDS] = {"commits_total", "Transactions, each of all sessions that were ready", false},
    [COUNT_ROUNDS_FAILED] = {"commits_failed_total", "Transactions that failed: their phones come again", false},
    [GAUGE_SESSIONS_OPEN] = {"sessions_open", "Sessions now", true},
    [GAUGE_PENDING] = {"phones_pending", "Phones for which an operation waits", true},
    [GAUGE_LOCKED] = {"phones_locked", "Phones that wait after wrong authentication strings", true},
    [GAUGE_FAILED] = {"phones_failed", "Phones whose last operation failed", true},
    [GAUGE_EXPIRING] = {"phones_expiring", "Phones whose certificates end within 60 days", true},
    [GAUGE_STORE_FAILING] = {"store_unusable", "1 while the store cannot be written", true},
};
