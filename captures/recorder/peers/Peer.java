import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Java's TLS stack with its standard javax.net.ssl properties: "server ADDRESS PORT MODE" or "client ADDRESS PORT". */
public final class Peer {
    public static void main(String[] arguments) throws Exception {
        InetAddress address = InetAddress.getByName(arguments[1]);
        int port = Integer.parseInt(arguments[2]);
        String[] protocols = System.getProperty("peer.protocols", "TLSv1.2").split(",");
        if (arguments[0].equals("server")) {
            serve(address, port, arguments[3], protocols);
        } else {
            connect(address, port, protocols);
        }
    }

    private static void serve(InetAddress address, int port, String mode, String[] protocols) throws IOException {
        SSLServerSocketFactory factory = (SSLServerSocketFactory) SSLServerSocketFactory.getDefault();
        SSLServerSocket listener = (SSLServerSocket) factory.createServerSocket(port, 5, address);
        listener.setEnabledProtocols(protocols);
        if (mode.equals("need")) {
            listener.setNeedClientAuth(true);
        } else if (mode.equals("want")) {
            listener.setWantClientAuth(true);
        }
        while (true) {
            try (SSLSocket socket = (SSLSocket) listener.accept()) {
                exchange(socket, "HTTP/1.0 200 OK\r\n\r\nwelcome\n", mode.equals("late"));
            } catch (IOException problem) {
                problem.printStackTrace(System.out);
            }
        }
    }

    private static void connect(InetAddress address, int port, String[] protocols) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        try (SSLSocket socket = (SSLSocket) factory.createSocket()) {
            socket.connect(new InetSocketAddress(address, port));
            socket.setEnabledProtocols(protocols);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("shop.example")));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            System.out.println(socket.getSession().getProtocol() + " " + socket.getSession().getCipherSuite());
            exchange(socket, "GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n", false);
        }
    }

    /** Says `text` and prints what the other side says first: a request's or a response's first line. */
    private static void exchange(SSLSocket socket, String text, boolean asksLate) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream()));
        OutputStream writer = socket.getOutputStream();
        if (socket.getUseClientMode()) {
            writer.write(text.getBytes());
            writer.flush();
            System.out.println(reader.readLine());
        } else {
            System.out.println(reader.readLine());
            if (asksLate) {
                socket.setNeedClientAuth(true);
                socket.getSession().invalidate();
                socket.startHandshake();
                socket.setSoTimeout(700);
                try {
                    socket.getInputStream().read(); // the client's handshake comes with what is read
                } catch (SocketTimeoutException quiet) {
                    System.out.println(socket.getSession().getPeerCertificates()[0]);
                }
            }
            writer.write(text.getBytes());
            writer.flush();
        }
    }
}
