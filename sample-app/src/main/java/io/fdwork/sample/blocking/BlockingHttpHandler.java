package io.fdwork.sample.blocking;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.sample.Answers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/**
 * As little HTTP as measurements need, on the thread that it is called on: {@code GET} of
 * {@code /}, {@code /pid} and {@code /work?millis=N}, without bodies of requests. A
 * client that keeps its connection alive keeps the thread, however long.
 */
@Component
@ConditionalOnProperty(name = "sample.serving", havingValue = "blocking")
class BlockingHttpHandler implements WorkHandler {

	private static final Logger logger = LoggerFactory.getLogger(BlockingHttpHandler.class);

	private static final int MAX_HEAD_BYTES = 8 * 1024;

	private static final String WORK = "/work?millis=";

	@Override
	public void handle(Work work) {
		try {
			serve(work.channel());
		}
		catch (IOException ex) {
			logger.debug("The client has gone", ex);
		}
	}

	private static void serve(SocketChannel channel) throws IOException {
		ByteBuffer in = ByteBuffer.allocate(MAX_HEAD_BYTES);
		boolean keepAlive = true;
		while (keepAlive) {
			String head = readHead(channel, in);
			if (head == null) {
				return;
			}
			keepAlive = isKeepAlive(head);
			ByteBuffer answer = answer(head, keepAlive);
			while (answer.hasRemaining()) {
				channel.write(answer);
			}
		}
	}

	/**
	 * Read to the end of the next head, and leave in the buffer what comes after it.
	 * @return the head, or {@code null} at the end of the connection
	 */
	private static @Nullable String readHead(SocketChannel channel, ByteBuffer in) throws IOException {
		int end = endOfHead(in);
		while (end < 0) {
			if (!in.hasRemaining()) {
				throw new IOException("The head is longer than " + MAX_HEAD_BYTES + " bytes");
			}
			if (channel.read(in) < 0) {
				return null;
			}
			end = endOfHead(in);
		}
		String head = new String(in.array(), 0, end, StandardCharsets.ISO_8859_1);
		in.flip().position(end);
		in.compact();
		return head;
	}

	private static int endOfHead(ByteBuffer in) {
		for (int end = 4; end <= in.position(); end++) {
			if (in.get(end - 1) == '\n' && in.get(end - 2) == '\r' && in.get(end - 3) == '\n') {
				return end;
			}
		}
		return -1;
	}

	private static boolean isKeepAlive(String head) {
		String line = head.substring(0, head.indexOf('\r'));
		return line.endsWith(" HTTP/1.1") && !head.toLowerCase(Locale.ROOT).contains("\nconnection: close\r");
	}

	private static ByteBuffer answer(String head, boolean keepAlive) {
		String[] line = head.substring(0, head.indexOf('\r')).split(" ");
		if (line.length != 3 || !line[0].equals("GET")) {
			return answer("400 Bad Request", "GET is all that there is\n", keepAlive);
		}
		String path = line[1];
		if (path.equals("/")) {
			return answer("200 OK", Answers.GREETING, keepAlive);
		}
		if (path.equals("/pid")) {
			return answer("200 OK", Answers.PID, keepAlive);
		}
		return (path.startsWith(WORK)) ? work(path.substring(WORK.length()), keepAlive)
				: answer("404 Not Found", "Try /, /pid, /work?millis=N\n", keepAlive);
	}

	private static ByteBuffer work(String number, boolean keepAlive) {
		try {
			long millis = Long.parseLong(number);
			if (millis >= 0 && millis <= Answers.MAX_DELAY_MILLIS) {
				park(millis);
				return answer("200 OK", Answers.PID, keepAlive);
			}
		}
		catch (NumberFormatException ex) {
			// Answered as one that is out of range
		}
		return answer("400 Bad Request", "millis is from 0 to " + Answers.MAX_DELAY_MILLIS + "\n", keepAlive);
	}

	private static void park(long millis) {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
			LockSupport.parkNanos(left);
		}
	}

	private static ByteBuffer answer(String status, String body, boolean keepAlive) {
		return StandardCharsets.ISO_8859_1
			.encode("HTTP/1.1 " + status + "\r\nContent-Type: text/plain;charset=utf-8\r\n" + "Content-Length: "
					+ body.length() + "\r\n" + ((keepAlive) ? "" : "Connection: close\r\n") + "\r\n" + body);
	}

}
