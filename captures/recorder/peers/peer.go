// Go's TLS stack as server (net/http) or client.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

var modes = map[string]tls.ClientAuthType{
	"none": tls.NoClientCert, "request": tls.RequestClientCert, "require-any": tls.RequireAnyClientCert,
	"verify-if-given": tls.VerifyClientCertIfGiven, "require-and-verify": tls.RequireAndVerifyClientCert,
}

func pool(path string) *x509.CertPool {
	if path == "" {
		return nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(pem)
	return p
}

func named(names []string) (found []uint16) {
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		for _, name := range names {
			if suite.Name == name {
				found = append(found, suite.ID)
			}
		}
	}
	return found
}

func main() {
	log.SetFlags(0)
	role := os.Args[1]
	flags := flag.NewFlagSet(role, flag.ExitOnError)
	address := flags.String("address", "", "address:port")
	cert := flags.String("cert", "", "key and chain")
	roots := flags.String("roots", "", "trusted CAs")
	mode := flags.String("auth", "none", "tls.ClientAuthType")
	low := flags.String("min", "1.2", "lowest version")
	high := flags.String("max", "1.2", "highest version")
	requests := flags.Int("requests", 1, "how many connections to make, with a session cache")
	renegotiate := flags.Bool("renegotiate", false, "let the server renegotiate once")
	http2 := flags.Bool("http2", false, "offer HTTP/2")
	suites := flags.String("ciphers", "", "the cipher suites of TLS 1.2 and before, with commas, also insecure ones")
	only := flags.String("only", "", "the one common name that may log in")
	strict := flags.Bool("strict-sni", false, "have a certificate for shop.example alone, as Traefik with sniStrict")
	ponder := flags.Duration("ponder", 0, "how long to think, as a person does, before giving the certificate")
	flags.Parse(os.Args[2:])

	config := &tls.Config{MinVersion: versions[*low], MaxVersion: versions[*high]}
	if *renegotiate {
		config.Renegotiation = tls.RenegotiateOnceAsClient
	}
	if *suites != "" {
		config.CipherSuites = named(strings.Split(*suites, ","))
	}
	if path := os.Getenv("SSLKEYLOGFILE"); path != "" {
		keys, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			log.Fatal(err)
		}
		config.KeyLogWriter = keys
	}
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *cert)
		if err != nil {
			log.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if role == "server" {
		config.ClientCAs = pool(*roots)
		config.ClientAuth = modes[*mode]
		if *strict {
			pair := config.Certificates[0]
			config.Certificates = nil
			config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
				if hello.ServerName != "shop.example" {
					return nil, fmt.Errorf("no certificate for %q", hello.ServerName)
				}
				return &pair, nil
			}
		}
		if *only != "" {
			config.VerifyConnection = func(state tls.ConnectionState) error {
				if len(state.PeerCertificates) > 0 && state.PeerCertificates[0].Subject.CommonName == *only {
					return nil
				}
				return errors.New("this certificate may not log in here")
			}
		}
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "welcome") })
		server := &http.Server{Addr: *address, TLSConfig: config, Handler: handler,
			TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
		log.Fatal(server.ListenAndServeTLS("", ""))
	}

	if *ponder > 0 {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			time.Sleep(*ponder)
			if len(config.Certificates) > 0 {
				return &config.Certificates[0], nil
			}
			return &tls.Certificate{}, nil
		}
	}
	config.RootCAs = pool(*roots)
	config.ServerName = "shop.example"
	config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, *address)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DialContext: dial, DisableKeepAlives: true,
		ForceAttemptHTTP2: *http2}}
	for i := 0; i < *requests; i++ {
		response, err := client.Get("https://shop.example/")
		if err != nil {
			log.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		fmt.Printf("%s resumed=%t %s", response.Status, response.TLS.DidResume, body)
	}
}
