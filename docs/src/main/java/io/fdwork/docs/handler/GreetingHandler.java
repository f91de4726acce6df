package io.fdwork.docs.handler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import io.fdwork.Work;
import io.fdwork.WorkHandler;

import org.springframework.stereotype.Component;

/**
 * Answers one HTTP request, then lets the worker close the connection.
 */
// tag::handler[]
@Component
public class GreetingHandler implements WorkHandler {

	@Override
	public void handle(Work work) throws IOException {
		SocketChannel client = work.channel();
		client.read(ByteBuffer.allocate(8192));
		String body = "Hello from " + ProcessHandle.current().pid() + "\n";
		String response = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n"
				+ body;
		ByteBuffer bytes = ByteBuffer.wrap(response.getBytes(StandardCharsets.UTF_8));
		while (bytes.hasRemaining()) {
			client.write(bytes);
		}
	}

}
// end::handler[]
