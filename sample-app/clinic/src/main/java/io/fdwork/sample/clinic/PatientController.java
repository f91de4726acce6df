package io.fdwork.sample.clinic;

import java.time.LocalDateTime;
import java.util.Objects;

import jakarta.validation.Valid;

import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.validation.BindingResult;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/**
 * The pages.
 */
@Controller
class PatientController {

	private final PatientRepository patients;

	private final AppointmentRepository appointments;

	PatientController(PatientRepository patients, AppointmentRepository appointments) {
		this.patients = patients;
		this.appointments = appointments;
	}

	@GetMapping("/")
	String all(Model model) {
		model.addAttribute("patients", this.patients.findAllByOrderByName());
		model.addAttribute("appointments", this.appointments.findByStartsAtAfterOrderByStartsAt(LocalDateTime.now()));
		return "patients";
	}

	@GetMapping("/patients/{id}")
	String one(@PathVariable long id, Model model) {
		model.addAttribute("form", AppointmentForm.empty());
		return page(find(id), model);
	}

	@PostMapping("/patients/{id}/appointments")
	String book(@PathVariable long id, @Valid @ModelAttribute("form") AppointmentForm form, BindingResult errors,
			Model model, RedirectAttributes redirect) {
		Patient patient = find(id);
		if (errors.hasErrors()) {
			return page(patient, model);
		}
		this.appointments.save(new Appointment(patient, Objects.requireNonNull(form.startsAt()),
				Objects.requireNonNull(form.reason())));
		redirect.addFlashAttribute("message", patient.getName() + " is expected: " + form.reason());
		return "redirect:/patients/{id}";
	}

	private String page(Patient patient, Model model) {
		model.addAttribute("patient", patient);
		model.addAttribute("appointments", this.appointments.findByPatientOrderByStartsAt(patient));
		return "patient";
	}

	private Patient find(long id) {
		return this.patients.findById(id).orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND));
	}

}
