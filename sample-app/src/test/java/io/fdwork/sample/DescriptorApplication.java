package io.fdwork.sample;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import io.fdwork.WorkHandler;
import io.fdwork.WorkRequest;
import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.integration.FdworkChannels;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/**
 * As a daemon: puts one request with a file, a pipe and a listening socket of its own,
 * and reads the worker's answer from the pipe. As a worker: writes the payload into the
 * file, and answers into the pipe.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class DescriptorApplication {

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(DescriptorApplication.class, args);
	}

	@Bean
	@ConditionalOnProperty(name = "fdwork.role", havingValue = "worker")
	WorkHandler handler() {
		return (work) -> {
			try (OutputStream file = work.descriptors().get(0).toOutputStream();
					OutputStream pipe = work.descriptors().get(1).toOutputStream()) {
				file.write(work.payload());
				pipe.write(("from " + ProcessHandle.current().pid() + ", port " + work.parameters().get("port")
						+ ", third " + work.descriptors().get(2).isOpen())
					.getBytes(StandardCharsets.UTF_8));
			}
		};
	}

	/**
	 * What the daemon does.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole(Role.DAEMON)
	static class Sending {

		@Bean
		ApplicationRunner sender(@Qualifier(FdworkChannels.PUT) MessageChannel channel,
				@Value("${test.file}") Path path) {
			return (arguments) -> {
				Descriptor.Pipe pipe = Descriptor.pipe();
				try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
						TcpListener listener = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 16);
						InputStream answer = pipe.source().toInputStream()) {
					WorkRequest request = WorkRequest.with(Descriptor.duplicateOf(file))
						.descriptor(pipe.sink())
						.descriptor(listener.duplicate())
						.parameter("port", String.valueOf(listener.address().getPort()))
						.payload("payload".getBytes(StandardCharsets.UTF_8))
						.build();
					channel.send(new GenericMessage<>(request));
					System.out.println("answer: " + new String(answer.readAllBytes(), StandardCharsets.UTF_8));
				}
			};
		}

	}

}
