package io.fdwork.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/**
 * A web application as any other, in each role: by itself, as the daemon that listens in
 * its place, and as a worker that answers on connections of the daemon.
 */
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties(SampleProperties.class)
public class SampleApplication {

	/**
	 * Start the application.
	 * @param args {@code --fdwork.role=daemon}, {@code --fdwork.role=worker}, or none to
	 * serve on {@code server.port}
	 */
	public static void main(String[] args) {
		SpringApplication.run(SampleApplication.class, args);
	}

}
