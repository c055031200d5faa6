//! The command that goes on where an apply stopped: with the options that say what is to be done, where, and with what.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use crate::address::Address;
use crate::cli::args::{ApplyArgs, Global};

/// The command line. `command` is `apply` or `destroy`; `replace`: what is still to be replaced.
pub(super) fn command(command: &str, global: &Global, args: &ApplyArgs, replace: &[Address]) -> String {
    let mut words = Words(vec!["housewright".to_owned()]);
    global.directory.iter().for_each(|d| words.option("-C", d));
    words.flag(command);
    if args.plan.destroy {
        words.flag("--destroy");
    }
    if global.sandbox {
        words.flag("--sandbox");
    }
    global.state.iter().for_each(|s| words.option("--state", s));
    global.variable_files.iter().for_each(|f| words.option("--var-file", f));
    for given in &global.variables {
        // A value may be a secret.
        let name = given.split_once('=').map_or("", |(name, _)| name);
        words.flag(&format!("--var {}=…", quoted(name)));
    }
    global.targets.iter().for_each(|t| words.option("--target", t.to_string()));
    replace.iter().for_each(|r| words.option("--replace", r.to_string()));
    if !args.plan.refresh {
        words.flag("--refresh=false");
    }
    // One that exists is not written to again.
    let fresh = args.password_file.iter().filter(|f| f.symlink_metadata().is_err());
    fresh.for_each(|f| words.option("--password-file", f));
    words.0.join(" ")
}

/// What is still to be replaced: `asked` without what was renewed already. Of a block that was renewed in part, the
/// instances that are `left`.
pub(super) fn replacements(asked: &[Address], renewed: &BTreeSet<Address>, left: &[&Address]) -> Vec<Address> {
    let rest = |address: &Address| -> Vec<Address> {
        if renewed.iter().any(|r| address.covers(r)) {
            left.iter().filter(|l| address.covers(l)).map(|l| (*l).clone()).collect()
        } else {
            vec![address.clone()]
        }
    };
    asked.iter().flat_map(rest).collect::<BTreeSet<_>>().into_iter().collect()
}

struct Words(Vec<String>);

impl Words {
    fn flag(&mut self, word: &str) {
        self.0.push(word.to_owned());
    }

    fn option(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.0.extend([name.to_owned(), quoted(&value.as_ref().to_string_lossy())]);
    }
}

/// A word as a shell takes it.
fn quoted(text: &str) -> String {
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Cli, Command};

    fn of(words: &[&str], replace: &[Address]) -> String {
        let cli = Cli::try_parse_from(words).expect("it is right");
        match cli.command {
            Command::Apply(args) => command("apply", &cli.global, &args, replace),
            Command::Destroy(args) => command("destroy", &cli.global, &args, replace),
            _ => panic!("no apply"),
        }
    }

    #[test]
    fn what_matters_is_repeated_and_values_are_not() {
        assert_eq!(of(&["housewright", "apply", "--auto-approve", "--parallelism", "3"], &[]), "housewright apply");
        assert_eq!(of(&["housewright", "destroy", "--sandbox"], &[]), "housewright destroy --sandbox");
        let all = "housewright apply --destroy -C a/b --state s.json --sandbox --var-file v.tfvars --var pw=canary \
                   --refresh=false --password-file /nowhere/pw";
        let mut words: Vec<&str> = all.split_whitespace().collect();
        words.extend(["--target", "service.x[\"a\"]", "--replace", "service.y"]);
        assert_eq!(
            of(&words, &[Address::root("service", "y")]),
            "housewright -C a/b apply --destroy --sandbox --state s.json --var-file v.tfvars --var pw=… \
             --target 'service.x[\"a\"]' --replace service.y --refresh=false --password-file /nowhere/pw"
        );
    }

    #[test]
    fn nothing_is_replaced_twice() {
        let of = |text: &str| text.parse::<Address>().expect("an address");
        let (a, b) = (of("service.x[\"a\"]"), of("service.x[\"b\"]"));
        let asked = [of("service.x"), of("service.y")];
        assert_eq!(replacements(&asked, &BTreeSet::new(), &[&a, &b]), asked);
        assert_eq!(replacements(&asked, &BTreeSet::from([a.clone()]), &[&b]), [b, of("service.y")]);
        assert_eq!(replacements(std::slice::from_ref(&a), &BTreeSet::from([a.clone()]), &[]), []);
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(
            [quoted("a/b.c"), quoted("a b"), quoted("it's"), quoted("")],
            ["a/b.c", "'a b'", r"'it'\''s'", "''"]
        );
    }
}
