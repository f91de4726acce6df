package io.fdwork.sample;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.fdwork.Work;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.FdworkHeaders;
import io.fdwork.worker.ServingMode;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.dsl.IntegrationFlow;

/**
 * A worker that is an integration flow: answers with the pid and the header of the
 * client's address.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class FlowApplication {

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(FlowApplication.class, args);
	}

	/**
	 * As the web server is on the class path too.
	 * @return what the flow wants
	 */
	@Bean
	ServingMode servingMode() {
		return ServingMode.PLATFORM_THREADS;
	}

	@Bean
	IntegrationFlow answer() {
		return IntegrationFlow.from(FdworkChannels.GET).handle(Work.class, (work, headers) -> {
			try {
				work.channel().read(ByteBuffer.allocate(4096));
				String body = ProcessHandle.current().pid() + " " + headers.get(FdworkHeaders.REMOTE_ADDRESS);
				OutputStream out = work.channel().socket().getOutputStream();
				out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
					.getBytes(StandardCharsets.US_ASCII));
				return null;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}).get();
	}

}
