/* A server that asks for client certificates and forgets SSL_CTX_set_session_id_context, as many programs on OpenSSL
 * do: no_context_server ADDRESS PORT IDENTITY ROOTS [VERSION [CONTEXT]]. It answers each request and closes. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char ANSWER[] = "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nwelcome\n";

static void check(int ok) {
    if (ok > 0) return;
    ERR_print_errors_fp(stderr);
    exit(1);
}

static SSL_CTX *configured(char **argv, int argc) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    check(SSL_CTX_use_certificate_chain_file(context, argv[3]));
    check(SSL_CTX_use_PrivateKey_file(context, argv[3], SSL_FILETYPE_PEM));
    check(SSL_CTX_load_verify_locations(context, argv[4], NULL));
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(argv[4]));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (argc > 5) check(SSL_CTX_set_max_proto_version(context, strcmp(argv[5], "1.2") ? TLS1_3_VERSION : TLS1_2_VERSION));
    if (argc > 6) check(SSL_CTX_set_session_id_context(context, (unsigned char *)argv[6], strlen(argv[6])));
    return context;
}

static void serve(SSL_CTX *context, int connection) {
    char request[4096];
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, connection);
    if (SSL_accept(ssl) > 0 && SSL_read(ssl, request, sizeof request) > 0) {
        printf("accepted, %s\n", SSL_session_reused(ssl) ? "resumed" : "full handshake");
        SSL_write(ssl, ANSWER, sizeof ANSWER - 1);
        SSL_shutdown(ssl);
    } else {
        ERR_print_errors_fp(stdout);
    }
    fflush(stdout);
    SSL_free(ssl);
    close(connection);
}

int main(int argc, char **argv) {
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (argc < 5) return 2;
    address.sin_port = htons(atoi(argv[2]));
    inet_pton(AF_INET, argv[1], &address.sin_addr);
    SSL_CTX *context = configured(argv, argc);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 8)) return 1;
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection >= 0) serve(context, connection);
    }
}
