package io.fdwork.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * A worker that logs as many records, of as many characters, as the path of a request
 * says, and answers with the pid. A record has the pid and a number.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class LoggingApplication {

	private static final Logger logger = LoggerFactory.getLogger(LoggingApplication.class);

	private static final String PID = String.valueOf(ProcessHandle.current().pid());

	private static int number;

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(LoggingApplication.class, args);
	}

	@Bean
	WorkHandler handler() {
		return LoggingApplication::handle;
	}

	static void handle(Work work) throws IOException {
		Socket socket = work.channel().socket();
		BufferedReader reader = new BufferedReader(
				new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
		String request = reader.readLine();
		for (String header = request; header != null && !header.isEmpty();) {
			header = reader.readLine();
		}
		if (request == null) {
			return;
		}
		String[] path = request.split(" ")[1].split("/");
		log(Integer.parseInt(path[1]), Integer.parseInt(path[2]));
		OutputStream out = socket.getOutputStream();
		out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + PID.length() + "\r\n\r\n" + PID)
			.getBytes(StandardCharsets.US_ASCII));
	}

	private static synchronized void log(int count, int length) {
		for (int i = 0; i < count; i++) {
			logger.warn("record {} {} {}", PID, ++number, "x".repeat(length));
		}
	}

}
