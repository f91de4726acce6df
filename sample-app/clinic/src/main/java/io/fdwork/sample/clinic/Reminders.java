package io.fdwork.sample.clinic;

import java.time.LocalDateTime;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Reminds of the appointments of the next day. Every worker does; the database sees to it
 * that none is reminded of twice.
 */
@Component
class Reminders {

	private static final Logger logger = LoggerFactory.getLogger(Reminders.class);

	private final AppointmentRepository appointments;

	Reminders(AppointmentRepository appointments) {
		this.appointments = appointments;
	}

	@Scheduled(initialDelay = 5, fixedDelay = 5, timeUnit = TimeUnit.SECONDS)
	void send() {
		int count = this.appointments.takeReminders(LocalDateTime.now().plusDays(1), ProcessHandle.current().pid());
		if (count > 0) {
			logger.info("Reminded of {} appointments", count);
		}
	}

}
