package io.fdwork.sample.clinic;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/**
 * Looks at the books before the first visitor is let in.
 */
@Component
class Opening implements ApplicationRunner {

	private static final Logger logger = LoggerFactory.getLogger(Opening.class);

	private final PatientRepository patients;

	private final AppointmentRepository appointments;

	Opening(PatientRepository patients, AppointmentRepository appointments) {
		this.patients = patients;
		this.appointments = appointments;
	}

	@Override
	public void run(ApplicationArguments args) {
		logger.info("The clinic opens, with {} patients and {} appointments", this.patients.count(),
				this.appointments.count());
	}

}
