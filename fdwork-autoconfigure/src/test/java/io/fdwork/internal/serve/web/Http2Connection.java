package io.fdwork.internal.serve.web;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A client of HTTP/2 that tells what becomes of each stream, and opens streams whatever
 * the server has said.
 */
final class Http2Connection implements AutoCloseable {

	private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

	// HEADER_TABLE_SIZE 0, and an INITIAL_WINDOW_SIZE that never holds an answer back
	private static final byte[] SETTINGS = { 0, 1, 0, 0, 0, 0, 0, 4, 0x7f, -1, -1, -1 };

	private static final byte[] WINDOW = { 0x7f, -1, 0, 0 };

	// How much is sent when the connection is opened
	private static final int BEGINNING = 3;

	private final Socket plain = new Socket();

	private final Start start;

	private final int begun;

	private final CompletableFuture<Integer> goAway = new CompletableFuture<>();

	private final CompletableFuture<Long> ended = new CompletableFuture<>();

	private final List<Integer> lastStreams = new ArrayList<>();

	private final Map<Integer, CompletableFuture<Outcome>> streams = new TreeMap<>();

	private Socket socket = this.plain;

	private OutputStream out = OutputStream.nullOutputStream();

	private int nextStream = 1;

	/**
	 * Connect, and begin a request: who has begun one does not go home.
	 */
	Http2Connection(int port, Start start) throws IOException {
		this(port, start, (start != Start.TLS) ? BEGINNING : 0);
	}

	/**
	 * Connect, and say nothing.
	 */
	static Http2Connection silent(int port, Start start) throws IOException {
		return new Http2Connection(port, start, 0);
	}

	private Http2Connection(int port, Start start, int begun) throws IOException {
		this.start = start;
		this.begun = begun;
		this.plain.setTcpNoDelay(true);
		this.plain.setSoTimeout(60_000);
		this.plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
		byte[] beginning = (start == Start.UPGRADE) ? upgrade("/") : PREFACE;
		this.plain.getOutputStream().write(beginning, 0, begun);
	}

	private static byte[] upgrade(String path) {
		return HttpConnection
			.head("GET", path, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAQAf___")
			.getBytes(StandardCharsets.ISO_8859_1);
	}

	/**
	 * Begin to speak HTTP/2, if the server does.
	 * @param ssl what to trust, if there is TLS
	 * @param upgraded the path of the request that asks for HTTP/2, if one does
	 */
	Http2Connection start(SSLContext ssl, String upgraded) throws IOException {
		if (this.start == Start.TLS) {
			this.socket = secure(ssl);
		}
		this.out = this.socket.getOutputStream();
		DataInputStream in = new DataInputStream(new BufferedInputStream(this.socket.getInputStream(), 64 * 1024));
		if (this.start == Start.UPGRADE) {
			this.out.write(upgrade(upgraded), this.begun, upgrade(upgraded).length - this.begun);
			readSwitch(in);
			open();
		}
		int sent = (this.start == Start.PRIOR_KNOWLEDGE) ? this.begun : 0;
		this.out.write(PREFACE, sent, PREFACE.length - sent);
		write(4, 0, 0, SETTINGS);
		write(8, 0, 0, WINDOW);
		Thread reader = new Thread(() -> read(in), "http2-client");
		reader.setDaemon(true);
		reader.start();
		return this;
	}

	private Socket secure(SSLContext ssl) throws IOException {
		SSLSocket secure = (SSLSocket) ssl.getSocketFactory()
			.createSocket(this.plain, "localhost", this.plain.getPort(), true);
		SSLParameters parameters = secure.getSSLParameters();
		parameters.setApplicationProtocols(new String[] { "h2" });
		secure.setSSLParameters(parameters);
		secure.startHandshake();
		return secure;
	}

	private static void readSwitch(DataInputStream in) throws IOException {
		ByteArrayOutputStream head = new ByteArrayOutputStream();
		while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
			head.write(in.readUnsignedByte());
		}
		if (!head.toString(StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 101")) {
			throw new IOException("No HTTP/2, but " + head.toString(StandardCharsets.ISO_8859_1));
		}
	}

	/**
	 * Request something with a stream of its own.
	 * @return what becomes of it
	 */
	CompletableFuture<Outcome> get(String path) throws IOException {
		ByteArrayOutputStream headers = new ByteArrayOutputStream();
		headers.write(0x82);
		headers.write((this.start == Start.TLS) ? 0x87 : 0x86);
		headers.write(0x04);
		headers.write(path.length());
		headers.writeBytes(path.getBytes(StandardCharsets.ISO_8859_1));
		headers.writeBytes(new byte[] { 0x01, 4, 't', 'e', 's', 't' });
		synchronized (this) {
			int id = this.nextStream;
			CompletableFuture<Outcome> stream = open();
			try {
				write(1, 5, id, headers.toByteArray());
			}
			catch (IOException ex) {
				// Who reads says what has become of it
				end(0);
			}
			return stream;
		}
	}

	private synchronized CompletableFuture<Outcome> open() {
		CompletableFuture<Outcome> stream = new CompletableFuture<>();
		this.streams.put(this.nextStream, stream);
		this.nextStream += 2;
		return stream;
	}

	/**
	 * Return what becomes of the first stream.
	 */
	synchronized CompletableFuture<Outcome> first() {
		return this.streams.get(1);
	}

	/**
	 * Return the last stream that the first GOAWAY of the server names.
	 */
	CompletableFuture<Integer> goAway() {
		return this.goAway;
	}

	/**
	 * Return what is named as last stream by each GOAWAY so far.
	 */
	synchronized List<Integer> lastStreams() {
		return List.copyOf(this.lastStreams);
	}

	/**
	 * Return when the connection was closed by the server.
	 */
	CompletableFuture<Long> ended() {
		return this.ended;
	}

	private void read(DataInputStream in) {
		try {
			boolean first = true;
			while (true) {
				int head = in.readInt();
				int flags = in.readUnsignedByte();
				int id = in.readInt();
				byte[] payload = new byte[head >>> 8];
				in.readFully(payload);
				if (first && (head & 0xff) != 4) {
					throw new IOException("The server begins with a frame of type " + (head & 0xff));
				}
				first = false;
				take(head & 0xff, flags, id, payload);
			}
		}
		catch (EOFException ex) {
			end(System.nanoTime());
		}
		catch (IOException ex) {
			this.ended.completeExceptionally(ex);
			end(0);
		}
	}

	private synchronized void take(int type, int flags, int id, byte[] payload) throws IOException {
		switch (type) {
			case 3 -> complete(id, (ByteBuffer.wrap(payload).getInt() == 7) ? Outcome.REFUSED : Outcome.LOST);
			case 4, 6 -> {
				if ((flags & 1) == 0) {
					write(type, 1, 0, (type == 6) ? payload : new byte[0]);
				}
			}
			case 7 -> {
				int last = ByteBuffer.wrap(payload).getInt();
				this.lastStreams.add(last);
				this.streams.keySet()
					.stream()
					.filter((stream) -> stream > last)
					.forEach((stream) -> complete(stream, Outcome.REFUSED));
				this.goAway.complete(last);
			}
			default -> {
				if (type <= 1 && (flags & 1) != 0) {
					complete(id, Outcome.ANSWERED);
				}
			}
		}
	}

	private void complete(int id, Outcome outcome) {
		CompletableFuture<Outcome> stream = this.streams.get(id);
		if (stream != null) {
			stream.complete(outcome);
		}
	}

	private synchronized void end(long nanos) {
		this.streams.values().forEach((stream) -> stream.complete(Outcome.LOST));
		if (nanos != 0) {
			this.ended.complete(nanos);
		}
	}

	private synchronized void write(int type, int flags, int id, byte[] payload) throws IOException {
		this.out.write(ByteBuffer.allocate(9 + payload.length)
			.putInt(payload.length << 8 | type)
			.put((byte) flags)
			.putInt(id)
			.put(payload)
			.array());
		this.out.flush();
	}

	static <T> T await(CompletableFuture<T> future) throws Exception {
		return future.get(20, TimeUnit.SECONDS);
	}

	@Override
	public void close() throws IOException {
		this.plain.close();
	}

	/**
	 * How HTTP/2 is begun.
	 */
	enum Start {

		TLS, PRIOR_KNOWLEDGE, UPGRADE

	}

	/**
	 * What has become of a stream.
	 */
	enum Outcome {

		/**
		 * It has got its whole answer.
		 */
		ANSWERED,

		/**
		 * The server has said that it has done nothing for it.
		 */
		REFUSED,

		/**
		 * Nobody can tell what the server has done.
		 */
		LOST

	}

}
