package io.fdwork.sample.clinic;

import java.time.LocalDateTime;
import java.util.List;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The appointments, for programs.
 */
@RestController
class AppointmentController {

	private final AppointmentRepository appointments;

	AppointmentController(AppointmentRepository appointments) {
		this.appointments = appointments;
	}

	@GetMapping("/api/appointments")
	List<Entry> upcoming() {
		return this.appointments.findByStartsAtAfterOrderByStartsAt(LocalDateTime.now())
			.stream()
			.map((appointment) -> new Entry(appointment.getPatient().getName(), appointment.getStartsAt(),
					appointment.getReason()))
			.toList();
	}

	/**
	 * One of them.
	 *
	 * @param patient the name of who comes
	 * @param startsAt when
	 * @param reason why
	 */
	record Entry(String patient, LocalDateTime startsAt, String reason) {

	}

}
