package io.fdwork.internal.serve.web;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

import javax.net.ssl.SSLContext;

/**
 * A client of HTTP/1.1 that sends what it is told to, byte for byte.
 */
final class HttpConnection implements AutoCloseable {

	private final Socket socket;

	private final InputStream in;

	private final OutputStream out;

	HttpConnection(int port) throws IOException {
		this(connect(port));
	}

	HttpConnection(Socket socket) throws IOException {
		this.socket = socket;
		this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
		this.out = socket.getOutputStream();
	}

	private static Socket connect(int port) throws IOException {
		Socket socket = new Socket();
		socket.setTcpNoDelay(true);
		socket.setSoTimeout(20_000);
		socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
		return socket;
	}

	/**
	 * Return a client that speaks TLS on the connection of this one, which it takes.
	 */
	HttpConnection overTls(SSLContext ssl) throws IOException {
		return new HttpConnection(ssl.getSocketFactory().createSocket(this.socket, "localhost", 443, true));
	}

	Socket socket() {
		return this.socket;
	}

	HttpConnection send(String text) throws IOException {
		return send(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	HttpConnection send(byte[] bytes) throws IOException {
		this.out.write(bytes);
		this.out.flush();
		return this;
	}

	HttpConnection get(String path, String... headers) throws IOException {
		return send(head("GET", path, headers));
	}

	static String head(String method, String path, String... headers) {
		StringBuilder head = new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: test\r\n");
		for (String header : headers) {
			head.append(header).append("\r\n");
		}
		return head.append("\r\n").toString();
	}

	/**
	 * Return whether the server has ended the connection; waits for it.
	 */
	boolean isEnded() throws IOException {
		return this.in.read() < 0;
	}

	byte[] read(int count) throws IOException {
		return this.in.readNBytes(count);
	}

	/**
	 * Return what comes until the server ends the connection.
	 */
	byte[] readAll() throws IOException {
		return this.in.readAllBytes();
	}

	/**
	 * Return the next bytes, or as many as come until the server ends the connection.
	 */
	byte[] readBytes(int count) throws IOException {
		return this.in.readNBytes(count);
	}

	Response readHead() throws IOException {
		String status = readLine();
		Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		for (String line = readLine(); !line.isEmpty(); line = readLine()) {
			int colon = line.indexOf(':');
			headers.put(line.substring(0, colon), line.substring(colon + 1).trim());
		}
		return new Response(Integer.parseInt(status.split(" ")[1]), headers, new byte[0]);
	}

	Response read() throws IOException {
		Response head = readHead();
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		if (head.headers().containsKey("Content-Length")) {
			copy(Long.parseLong(head.headers().get("Content-Length")), body);
		}
		else if (head.headers().containsKey("Transfer-Encoding")) {
			for (int size = readChunkSize(); size > 0; size = readChunkSize()) {
				copy(size, body);
				readLine();
			}
			readLine();
		}
		return new Response(head.status(), head.headers(), body.toByteArray());
	}

	private int readChunkSize() throws IOException {
		return Integer.parseInt(readLine().trim(), 16);
	}

	private void copy(long length, OutputStream target) throws IOException {
		byte[] buffer = new byte[64 * 1024];
		for (long left = length; left > 0;) {
			int count = this.in.read(buffer, 0, (int) Math.min(left, buffer.length));
			if (count < 0) {
				throw new EOFException(left + " of " + length + " bytes are missing");
			}
			target.write(buffer, 0, count);
			left -= count;
		}
	}

	String readLine() throws IOException {
		StringBuilder line = new StringBuilder();
		for (int next = this.in.read(); next != '\n'; next = this.in.read()) {
			if (next < 0) {
				throw new EOFException("The connection has ended after '" + line + "'");
			}
			line.append((char) next);
		}
		return line.toString().stripTrailing();
	}

	/**
	 * Close without a farewell: the server sees a reset.
	 */
	void abort() throws IOException {
		this.socket.setSoLinger(true, 0);
		this.socket.close();
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	/**
	 * A response.
	 */
	record Response(int status, Map<String, String> headers, byte[] body) {

		String text() {
			return new String(this.body, StandardCharsets.UTF_8);
		}

	}

}
