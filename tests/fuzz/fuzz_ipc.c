/* Messages between processes: what is read writes to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "../../capf/daemon/ipc.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipc_message m;
    struct bytes again;

    if (ipc_read((struct bytes_view){data, size}, &m, NULL) != VOX_OK)
        return 0;
    if (ipc_write(&m, &again, NULL) != VOX_OK || again.len != size || memcmp(again.data, data, size) != 0)
        abort();
    bytes_free(&again);
    return 0;
}
