#include "connect.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int finish_connect(int fd, int milliseconds) {
    struct pollfd wanted = {fd, POLLOUT, 0};
    int64_t until = clock_ms() + milliseconds;
    for (;;) {
        int64_t left = until - clock_ms();
        if (left <= 0) return ETIMEDOUT;
        int n = poll(&wanted, 1, (int)left);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return ETIMEDOUT;
        int error = 0;
        socklen_t size = sizeof error;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return errno;
        return error;
    }
}

int connect_within(const struct sockaddr *address, socklen_t size, int milliseconds, char *why, size_t why_size) {
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        snprintf(why, why_size, "cannot make a socket: %s", strerror(errno));
        return -1;
    }
    int error = connect(fd, address, size) == 0 ? 0 : errno;
    if (error == EINPROGRESS || error == EINTR) error = finish_connect(fd, milliseconds);
    if (error) {
        snprintf(why, why_size, "cannot reach the recorder: %s", strerror(error));
        close(fd);
        return -1;
    }
    int on = 1;
    if (address->sa_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}
