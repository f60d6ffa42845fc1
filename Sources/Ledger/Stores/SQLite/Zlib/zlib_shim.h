// The system's zlib (RFC 1950), for the bodies of deliveries.
#include <zlib.h>
