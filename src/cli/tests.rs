use super::*;

fn parsed(words: &[&str]) -> Result<Cli, ErrorKind> {
    let command = Cli::command();
    let arguments = std::iter::once("housewright").chain(words.iter().copied()).map(OsString::from);
    let arguments = args::normal(arguments, &command);
    let matches = command.try_get_matches_from(arguments).map_err(|e| e.kind())?;
    Cli::from_arg_matches(&matches).map_err(|e| e.kind())
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn options_may_be_written_as_terraform_writes_them() {
    let cli = parsed(&["apply", "-auto-approve", "-var", "a=b", "-refresh=false", "-target=service.x", "-C", "dir"])
        .expect("it is right");
    let args::Command::Apply(apply) = cli.command else { panic!("it is an apply") };
    assert!(apply.auto_approve && !apply.plan.refresh);
    assert_eq!((cli.global.variables.len(), cli.global.targets.len()), (1, 1));
    assert_eq!(cli.global.directory.as_deref(), Some(std::path::Path::new("dir")));
}

#[test]
fn short_options_and_values_stay_as_they_are() {
    assert!(parsed(&["plan", "-v"]).expect("it is right").global.verbose);
    let cli = parsed(&["fmt", "-"]).expect("it is right");
    let args::Command::Fmt(fmt) = cli.command else { panic!("it is fmt") };
    assert_eq!(fmt.paths, [std::path::PathBuf::from("-")]);
}

#[test]
fn wrong_use_is_told_from_help() {
    assert_eq!(parsed(&["plan", "--nonsense"]).err(), Some(ErrorKind::UnknownArgument));
    assert_eq!(parsed(&["plan", "--target", "service"]).err(), Some(ErrorKind::ValueValidation));
    assert_eq!(parsed(&["--help"]).err(), Some(ErrorKind::DisplayHelp));
}
