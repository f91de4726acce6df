package io.fdwork.sample.clinic;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * A clinic for animals: who is logged in sees its patients, and books appointments.
 */
@SpringBootApplication(proxyBeanMethods = false)
@EnableScheduling
public class ClinicApplication {

	/**
	 * Start the clinic.
	 * @param args {@code --fdwork.role=daemon} to start a daemon with its workers, or
	 * none to serve in one JVM
	 */
	public static void main(String[] args) {
		SpringApplication.run(ClinicApplication.class, args);
	}

}
