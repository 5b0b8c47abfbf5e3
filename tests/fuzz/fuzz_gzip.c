/* Packed logs: however little there is, no more than the bound comes out; what begins is what the whole begins with. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/gzip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MAX = 1024 * 1024, BEGINNING = 1024 };
    const struct bytes_view packed = {data, size};
    uint8_t first[BEGINNING];
    const size_t n = gzip_begin(packed, first, sizeof first);
    struct bytes out;

    if (gzip_unpack(packed, MAX, &out, NULL) != VOX_OK)
        return 0;
    if (out.len > MAX || n != (out.len < BEGINNING ? out.len : BEGINNING) || (n > 0 && memcmp(first, out.data, n) != 0))
        abort();
    bytes_free(&out);
    return 0;
}
