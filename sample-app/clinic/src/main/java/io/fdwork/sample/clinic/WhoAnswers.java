package io.fdwork.sample.clinic;

import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.ResponseBody;

/**
 * Shows which JVM answers, at the foot of each page and to who does not log in.
 */
@Controller
@ControllerAdvice
class WhoAnswers {

	private static final String PID = String.valueOf(ProcessHandle.current().pid());

	@ModelAttribute("pid")
	String onEachPage() {
		return PID;
	}

	@GetMapping(path = "/pid", produces = MediaType.TEXT_PLAIN_VALUE)
	@ResponseBody
	String pid() {
		return PID;
	}

}
