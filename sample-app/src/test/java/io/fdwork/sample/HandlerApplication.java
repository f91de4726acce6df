package io.fdwork.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import io.fdwork.Work;
import io.fdwork.WorkHandler;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * A worker with blocking code. Answers with the pid, the thread and the channel that it
 * has, and the addresses that it sees; throws for {@code /fail}.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class HandlerApplication {

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(HandlerApplication.class, args);
	}

	@Bean
	WorkHandler handler() {
		return HandlerApplication::handle;
	}

	static void handle(Work work) throws IOException {
		SocketChannel channel = work.channel();
		Socket socket = channel.socket();
		BufferedReader reader = new BufferedReader(
				new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
		String request = reader.readLine();
		for (String header = request; header != null && !header.isEmpty();) {
			header = reader.readLine();
		}
		if (request == null) {
			return;
		}
		if (request.contains("/fail")) {
			throw new IllegalStateException("asked to fail");
		}
		String body = ProcessHandle.current().pid() + " " + Thread.currentThread().getName() + " "
				+ channel.getClass().getSimpleName() + " " + work.remoteAddress() + " " + work.localAddress();
		OutputStream out = socket.getOutputStream();
		out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
			.getBytes(StandardCharsets.US_ASCII));
	}

}
