package io.fdwork.sample.clinic;

import java.time.LocalDateTime;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.security.test.context.support.WithMockUser;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.csrf;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.user;

/**
 * The clinic, tested as without fdwork.
 */
@SpringBootTest(properties = "spring.datasource.url=jdbc:h2:mem:clinic;DB_CLOSE_DELAY=-1")
@AutoConfigureMockMvc
class ClinicTests {

	private static final String TOMORROW = LocalDateTime.now().plusDays(1).withNano(0).toString();

	@Autowired
	private MockMvcTester mvc;

	@Autowired
	private Reminders reminders;

	@Test
	void shouldAskForLoginUnlessPageIsForEverybody() {
		assertThat(this.mvc.get().uri("/")).hasStatus3xxRedirection().hasRedirectedUrl("/login");
		assertThat(this.mvc.get().uri("/pid")).hasStatusOk().hasBodyTextEqualTo("" + ProcessHandle.current().pid());
		assertThat(this.mvc.get().uri("/clinic.css")).hasStatusOk();
	}

	@Test
	void shouldLogInWithPasswordOfConfiguration() {
		assertThat(this.mvc.post().uri("/login").param("username", "vet").param("password", "vet").with(csrf()))
			.hasRedirectedUrl("/");
		assertThat(this.mvc.post().uri("/login").param("username", "vet").param("password", "pet").with(csrf()))
			.hasRedirectedUrl("/login?error");
	}

	@Test
	@WithMockUser
	void shouldShowPatientsAndAppointments() {
		assertThat(this.mvc.get().uri("/")).hasStatusOk().bodyText().contains("Ada", "barn owl", "Vaccination");
		assertThat(this.mvc.get().uri("/patients/4711")).hasStatus(404);
	}

	@Test
	@WithMockUser
	void shouldBookAppointmentAndSaySo() {
		assertThat(this.mvc.post()
			.uri("/patients/5/appointments")
			.param("startsAt", TOMORROW)
			.param("reason", "A cold")
			.with(csrf())).hasRedirectedUrl("/patients/5").flash().containsEntry("message", "Egon is expected: A cold");
		assertThat(this.mvc.get().uri("/patients/5")).bodyText().contains("A cold");
		assertThat(this.mvc.get().uri("/api/appointments")).hasStatusOk()
			.bodyJson()
			.extractingPath("$[?(@.reason == 'A cold')].patient")
			.asArray()
			.contains("Egon");
	}

	@Test
	@WithMockUser
	void shouldShowFormAgainWhenItIsWrong() {
		assertThat(this.mvc.post()
			.uri("/patients/5/appointments")
			.param("startsAt", "2020-01-01T10:00")
			.param("reason", "Too late")
			.with(csrf())).hasStatusOk().bodyText().contains("must be a future date", "Too late");
		assertThat(this.mvc.post().uri("/patients/5/appointments").param("reason", "A forgery")).hasStatus(403);
	}

	@Test
	void shouldRemindOnce() {
		this.reminders.send();
		String ada = "/patients/1";
		assertThat(this.mvc.get().uri(ada).with(user("vet"))).bodyText()
			.containsOnlyOnce("Reminded by JVM " + ProcessHandle.current().pid());
	}

}
