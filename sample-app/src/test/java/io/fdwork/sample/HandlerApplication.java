package io.fdwork.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;

/**
 * A worker with blocking code. Answers with the pid, the thread and the channel that it
 * has, and the addresses that it sees; throws for {@code /fail}. After {@code /refuse} it
 * refuses traffic, until it has read a second request on that connection. With
 * {@code test.runner-port} it has a runner that connects to that port, and goes on when
 * it reads something; at the end of the connection it throws.
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
	WorkHandler handler(ApplicationEventPublisher events) {
		return (work) -> handle(work, events);
	}

	@Bean
	@ConditionalOnProperty("test.runner-port")
	ApplicationRunner runner(@Value("${test.runner-port}") int port) {
		return (arguments) -> {
			try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
				if (socket.getInputStream().read() < 0) {
					throw new IllegalStateException("The cache is not there");
				}
			}
		};
	}

	static void handle(Work work, ApplicationEventPublisher events) throws IOException {
		BufferedReader reader = new BufferedReader(
				new InputStreamReader(work.channel().socket().getInputStream(), StandardCharsets.US_ASCII));
		String request = readRequest(reader);
		if (request == null) {
			return;
		}
		if (request.contains("/fail")) {
			throw new IllegalStateException("asked to fail");
		}
		if (request.contains("/refuse")) {
			AvailabilityChangeEvent.publish(events, work, ReadinessState.REFUSING_TRAFFIC);
			answer(work);
			readRequest(reader);
			AvailabilityChangeEvent.publish(events, work, ReadinessState.ACCEPTING_TRAFFIC);
		}
		answer(work);
	}

	private static @Nullable String readRequest(BufferedReader reader) throws IOException {
		String request = reader.readLine();
		for (String header = request; header != null && !header.isEmpty();) {
			header = reader.readLine();
		}
		return request;
	}

	private static void answer(Work work) throws IOException {
		SocketChannel channel = work.channel();
		String body = ProcessHandle.current().pid() + " " + Thread.currentThread().getName() + " "
				+ channel.getClass().getSimpleName() + " " + work.remoteAddress() + " " + work.localAddress();
		OutputStream out = channel.socket().getOutputStream();
		out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
			.getBytes(StandardCharsets.US_ASCII));
	}

}
