/* Phones by the name of their model: is it one of those that a minimum of TLS 1.2 breaks? Source:
 * docs/formats/tls-policy.md 6. */
#ifndef VOXTLS_MODELS_H
#define VOXTLS_MODELS_H

enum model_kind {
    MODEL_UNKNOWN, /* no name that is known here: never guessed */
    MODEL_LEGACY,
    MODEL_OTHER, /* of a family that the vendor's table does not name */
};

struct model {
    enum model_kind kind;
    char family[20]; /* "79xx", "IP Communicator"; "" if unknown */
};

/*
 * model_of(text): "CP-7962G", "Cisco 7962", "7962", "Cisco Unified IP Phone 7962G-GE", "IP Communicator": any case,
 * with blanks, '-' or '_' between the words. A number that stands in another name ("ATA 7962", "79620") is not known.
 */
struct model model_of(const char *text);

#endif
